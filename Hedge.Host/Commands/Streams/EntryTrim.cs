using Hedge.Storage;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>
/// A trim that minds the groups, by XADD and XTRIM. With DELREF the first entries go, and all that is pending
/// up to the last of them (all, when the entry that is added goes as well): nothing of it is in the stream
/// any more. With ACKED entries that a group has still to read or to acknowledge stay, and later ones go in
/// their place. Plan it first, which reads all that is needed; apply it then.
/// </summary>
internal sealed class EntryTrim
{
    private readonly List<StreamGroup> _groups = [];
    private readonly List<StreamId> _chosen = [];
    private readonly List<(StreamGroup Group, uint Owner, StreamId Id)> _references = [];
    private bool _areFirst = true;

    private EntryTrim()
    {
    }

    /// <summary>How many entries go.</summary>
    public long Count { get; private set; }

    /// <summary>Decides what goes. False when something must be read first.</summary>
    /// <param name="stream">The stream, which is open.</param>
    /// <param name="arguments">What is asked for: a trim with DELREF or ACKED.</param>
    /// <param name="length">How many entries there are.</param>
    /// <param name="isAdded">True when one more is added first.</param>
    /// <param name="trim">What goes.</param>
    public static bool TryPlan(StoredStream stream, in TrimArguments arguments, long length, bool isAdded,
        out EntryTrim trim)
    {
        trim = new EntryTrim();
        if (!stream.Groups.TryList(trim._groups)) return false;
        return arguments.Policy == ReferencePolicy.Delete
            ? trim.TryPlanFirst(stream, arguments, length, isAdded)
            : trim.TryChoose(stream, arguments, length, isAdded)
                && (!trim._areFirst || stream.TryPrepareTrim(trim.Count));
    }

    /// <summary>Removes what was planned.</summary>
    public void Apply(StoredStream stream)
    {
        if (_areFirst)
        {
            stream.Trim(Count);
        }
        else
        {
            bool isRead = stream.TryDelete([.. _chosen], out long deleted);
            Invariant.Check(isRead && deleted == Count, "entries that were read are there still");
        }

        foreach ((StreamGroup group, uint owner, StreamId id) in _references)
            stream.Pending.Remove(group, owner, id);
    }

    private bool TryPlanFirst(StoredStream stream, in TrimArguments arguments, long length, bool isAdded)
    {
        if (!arguments.TryCount(stream, length, isAdded, out long count)) return false;
        Count = count;
        long first = Math.Min(count, length);
        if (count == 0) return true;
        StreamId last = StreamId.Max;
        if (!stream.TryPrepareTrim(first)) return false;
        if (count == first && !stream.TryAt(first - 1, out last, out _)) return false;
        bool isRead = true;
        foreach (StreamGroup group in _groups)
        {
            if (!TryReadPending(stream, group, last, out long pending)) return false;
            using StoredPending.Walk walk = stream.Pending.All(group, 0);
            for (; pending > 0 && walk.TryNext(out StreamId id, out StreamPending its); pending--)
                _references.Add((group, its.Consumer, id));
        }

        foreach ((StreamGroup group, uint owner, StreamId id) in _references)
            isRead &= stream.Pending.TryPrepare(group, owner, id);
        return isRead;
    }

    // Of so many entries as can be pending and as are to go, enough are not pending.
    private bool TryChoose(StoredStream stream, in TrimArguments arguments, long length, bool isAdded)
    {
        if (!TryWanted(stream, arguments, length, isAdded, out long wanted, out long range)) return false;
        if (wanted == 0 || _groups.Count == 0) return true;
        StreamId read = StreamId.Max;
        long most = wanted;
        foreach (StreamGroup group in _groups)
        {
            if (group.LastId < read) read = group.LastId;
            if (!stream.Pending.TryCount(group, out long pending)) return false;
            most += pending;
        }

        if (!stream.TryCountBefore(read, after: true, out long readByAll)) return false;
        range = Math.Min(Math.Min(range, readByAll), most);
        if (range == 0) return true;
        if (!stream.TryRead(0, range) || !stream.TryAt(range - 1, out StreamId last, out _)) return false;
        HashSet<StreamId> pendingIds = [];
        foreach (StreamGroup group in _groups)
        {
            if (!TryReadPending(stream, group, last, out long pending)) return false;
            using StoredPending.Walk walk = stream.Pending.All(group, 0);
            for (; pending > 0 && walk.TryNext(out StreamId id); pending--) pendingIds.Add(id);
        }

        Choose(stream, pendingIds, wanted, range);
        return true;
    }

    private void Choose(StoredStream stream, HashSet<StreamId> pendingIds, long wanted, long range)
    {
        using StoredStream.Walk entries = stream.Entries(0);
        for (long i = 0; i < range && Count < wanted && entries.TryNext(out StreamId id, out _); i++)
        {
            if (pendingIds.Contains(id)) continue;
            _areFirst &= i == Count;
            _chosen.Add(id);
            Count++;
        }
    }

    // How many are to go, and of how many first ones.
    private static bool TryWanted(StoredStream stream, in TrimArguments arguments, long length, bool isAdded,
        out long wanted, out long range)
    {
        range = length;
        wanted = Math.Max(0, length + (isAdded ? 1 : 0) - arguments.LengthMax);
        if (arguments.HasIdMin)
        {
            if (!stream.TryCountBefore(arguments.IdMin, after: false, out range)) return false;
            wanted = range;
        }

        if (arguments.IsRough && arguments.Limit > 0) wanted = Math.Min(wanted, arguments.Limit);
        return true;
    }

    private static bool TryReadPending(StoredStream stream, in StreamGroup group, StreamId last,
        out long count) =>
        stream.Pending.TryCountBefore(group, last, after: true, out count)
        && stream.Pending.TryRead(group, 0, count);
}
