using Hedge.Host.Declarations;
using Hedge.Storage.Cores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>
/// XDELEX and XACKDEL. (1) Read each entry, and each group's pending entry of that id; (2) decide id by id,
/// as if each were a command of its own; (3) write.
/// </summary>
internal sealed class EntryRemoval
{
    private const int NotThere = -1;
    private const int Removed = 1;
    private const int Needed = 2;

    private readonly StreamId[] _ids;
    private readonly ReferencePolicy _policy;
    private readonly uint? _own;
    private readonly List<StreamGroup> _groups = [];

    // Entries that are there, and who they are pending at, both less what has been decided to go.
    private readonly HashSet<StreamId> _entries = [];
    private readonly Dictionary<(uint Group, StreamId Id), uint> _owners = [];

    private readonly List<StreamId> _deleted = [];
    private readonly List<(StreamGroup Group, uint Owner, StreamId Id)> _acknowledged = [];

    private EntryRemoval(in RemovalArguments arguments, uint? own)
    {
        _ids = arguments.Ids;
        _policy = arguments.Policy;
        _own = own;
    }

    /// <summary>XDELEX.</summary>
    public static void Delete(CommandContext context)
    {
        if (!RemovalArguments.TryRead(context, 2, out RemovalArguments arguments)) return;
        if (!context.TryOpenStream(context.Argument(1), out StoredStream stream)) return;
        if (stream.Collection.Exists) new EntryRemoval(arguments, own: null).Run(context, stream);
        else NothingThere(context, arguments.Ids.Length);
    }

    /// <summary>XACKDEL.</summary>
    public static void Acknowledge(CommandContext context)
    {
        if (!RemovalArguments.TryRead(context, 3, out RemovalArguments arguments)) return;
        if (!GroupLookup.TryFind(context, 1, out StoredStream stream, out bool isThere,
            out StreamGroup group)) return;
        if (isThere) new EntryRemoval(arguments, group.Number).Run(context, stream);
        else NothingThere(context, arguments.Ids.Length);
    }

    private static void NothingThere(CommandContext context, int count)
    {
        context.Reply.ArrayHeader(count);
        for (int i = 0; i < count; i++) context.Reply.Integer(NotThere);
    }

    private void Run(CommandContext context, StoredStream stream)
    {
        if (!stream.TryOpen(out _) || !TryRead(stream)) return;
        context.Reply.ArrayHeader(_ids.Length);
        foreach (StreamId id in _ids) context.Reply.Integer(_own == null ? Decide(id) : DecideOwn(id));
        if (_deleted.Count == 0 && _acknowledged.Count == 0) return;
        stream.Collection.Told = _deleted.Count > 0 ? KeyAudience.Watchers : KeyAudience.Nobody;
        if (_deleted.Count > 0) stream.TryDelete([.. _deleted], out _);
        foreach ((StreamGroup group, uint owner, StreamId id) in _acknowledged)
            stream.Pending.Remove(group, owner, id);
        if (_deleted.Count > 0) context.Notify(KeyspaceEvents.Stream, "xdel"u8, context.Argument(1));
    }

    private bool TryRead(StoredStream stream)
    {
        if (!stream.Groups.TryList(_groups)) return false;
        bool isRead = true;
        foreach (StreamId id in _ids)
        {
            isRead &= stream.TryFind(id, out bool isThere, out _);
            if (isThere) _entries.Add(id);
            foreach (StreamGroup group in _groups)
            {
                if (_policy == ReferencePolicy.Keep && group.Number != _own) continue;
                isRead &= stream.Pending.TryFind(group, id, out bool isPending, out StreamPending pending);
                if (!isPending) continue;
                isRead &= stream.Pending.TryPrepare(group, pending.Consumer, id);
                _owners[(group.Number, id)] = pending.Consumer;
            }
        }

        return isRead;
    }

    private int Decide(StreamId id)
    {
        bool isThere = _entries.Contains(id);
        if (_policy == ReferencePolicy.Acknowledged)
        {
            if (!isThere) return NotThere;
            // Without any group nobody has acknowledged it.
            if (_groups.Count == 0 || IsNeeded(id)) return Needed;
        }

        Remove(id);
        return isThere ? Removed : NotThere;
    }

    private int DecideOwn(StreamId id)
    {
        if (!_owners.ContainsKey((_own!.Value, id))) return NotThere;
        foreach (StreamGroup group in _groups)
            if (group.Number == _own) End(group, id);
        if (_policy == ReferencePolicy.Acknowledged && IsNeeded(id)) return Needed;
        Remove(id);
        return Removed;
    }

    // True when a group has still to read it, or to acknowledge it.
    private bool IsNeeded(StreamId id)
    {
        foreach (StreamGroup group in _groups)
            if (group.LastId < id || _owners.ContainsKey((group.Number, id))) return true;
        return false;
    }

    private void Remove(StreamId id)
    {
        if (_entries.Remove(id)) _deleted.Add(id);
        if (_policy != ReferencePolicy.Delete) return;
        foreach (StreamGroup group in _groups) End(group, id);
    }

    private void End(in StreamGroup group, StreamId id)
    {
        if (_owners.Remove((group.Number, id), out uint owner)) _acknowledged.Add((group, owner, id));
    }
}
