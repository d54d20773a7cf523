using System.Runtime.CompilerServices;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Host.Subscribers;

namespace Hedge.Host.Keyspaces;

/// <summary>
/// The keyspace events of a core's commands, in the order in which they happen. A miss is reported when its
/// command writes or ends. A command that must wait for a record runs again, so the misses of its first run
/// are not reported. Owned by the core.
/// </summary>
internal sealed class KeyEvents(CoreTurn turn, Server server, PubSubHub pubSub)
{
    private readonly List<Event> _pending = [];

    /// <summary>The databases. Set once.</summary>
    public KeyspaceTable Keyspaces { get; set; } = null!;

    /// <summary>True while a command is only tried: nothing of it is told.</summary>
    public bool IsSilent { get; set; }

    /// <summary>True when misses are asked for.</summary>
    public bool TellsMisses => (turn.Settings.NotifyKeyspaceEvents & KeyspaceEvents.KeyMiss) != 0;

    /// <summary>True when new keys are asked for.</summary>
    public bool TellsNew => (turn.Settings.NotifyKeyspaceEvents & KeyspaceEvents.New) != 0;

    /// <summary>False when new keys are asked for, and the records that say whether the request's keys exist
    /// must be read first: then it is run again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool KnowsNew(Request request, Session session) =>
        !server.NotifiesKeyspaceEvents || LookUp(request, session.Database);

    /// <summary>An event of a command.</summary>
    public void Notify(KeyspaceEvents kind, ReadOnlySpan<byte> keyEvent, ReadOnlySpan<byte> key, int database)
    {
        if (IsSilent) return;
        if (kind == KeyspaceEvents.KeyMiss)
        {
            if (TellsMisses) _pending.Add(new Event(kind, key.ToArray(), database));
            return;
        }

        End(hasHappened: true);
        pubSub.Notify(kind, keyEvent, key, database);
    }

    /// <summary>A key was removed because it has expired, perhaps by a look-up between misses.</summary>
    public void Expired(ReadOnlySpan<byte> key, int database) =>
        Removed(KeyspaceEvents.Expired, key, database);

    /// <summary>Fields of a hash were removed because they have expired, perhaps by a look-up between
    /// misses.</summary>
    /// <param name="key">The hash.</param>
    /// <param name="database">The database.</param>
    /// <param name="isEmptied">True when the key has gone with them.</param>
    public void FieldsExpired(ReadOnlySpan<byte> key, int database, bool isEmptied)
    {
        Removed(KeyspaceEvents.Hash, key, database);
        if (isEmptied) Removed(KeyspaceEvents.Generic, key, database);
    }

    /// <summary>The command's run ends: reports the events that are left. Misses are left out when the
    /// command is run again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void End(bool hasHappened)
    {
        if (_pending.Count > 0) Tell(hasHappened);
    }

    private void Removed(KeyspaceEvents kind, ReadOnlySpan<byte> key, int database)
    {
        if (_pending.Count > 0) _pending.Add(new Event(kind, key.ToArray(), database));
        else pubSub.Notify(kind, NameOf(kind), key, database);
    }

    private static ReadOnlySpan<byte> NameOf(KeyspaceEvents kind) => kind switch
    {
        KeyspaceEvents.KeyMiss => "keymiss"u8,
        KeyspaceEvents.Hash => "hexpired"u8,
        KeyspaceEvents.Generic => "del"u8,
        _ => "expired"u8,
    };

    private bool LookUp(Request request, int database)
    {
        if (!TellsNew || (request.Command!.Spec.Flags & CommandFlags.Write) == 0) return true;
        StoredKeyspace keys = Keyspaces.Of(database);
        bool known = true;
        foreach (int key in request.Keys) known &= keys.Warm(request.Argument(key));
        return known;
    }

    private void Tell(bool withMisses)
    {
        foreach (Event pending in _pending)
        {
            bool isMiss = pending.Kind == KeyspaceEvents.KeyMiss;
            if (isMiss && !withMisses) continue;
            pubSub.Notify(pending.Kind, NameOf(pending.Kind), pending.Key.Span, pending.Database);
        }

        _pending.Clear();
    }

    private readonly record struct Event(KeyspaceEvents Kind, ReadOnlyMemory<byte> Key, int Database);
}
