using Hedge.Host.Clients;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Slots;

namespace Hedge.Host.Leases;

/// <summary>
/// Forgets watched keys (WATCH) for clients that do not hold them: the owners do it, as soon as they hold the
/// partitions. So nobody waits for a lease to end a transaction. Part of each core, as the core of its
/// clients and as the owner of partitions.
/// </summary>
internal sealed class ForgottenWatches(CoreTurn turn, PartitionTable partitions, Mail mail)
{
    private readonly Dictionary<int, List<WatchedKey>> _later = [];

    /// <summary>Forgets all that a client of this core watches.</summary>
    public void Forget(Session session)
    {
        if (session.Watched.Count == 0) return;
        WatchedKey[] keys = [.. session.Watched];
        session.Watched.Clear();
        foreach (int core in keys.Select(key => partitions[key.Partition].Home).Distinct())
        {
            if (core == turn.Core) Forget(keys);
            else mail.Send(core, new WatchesEnded(keys));
        }
    }

    /// <summary>Owner: forgets those of these keys that are this core's.</summary>
    public void Forget(IReadOnlyList<WatchedKey> keys)
    {
        foreach (WatchedKey key in keys)
        {
            PartitionSlot slot = partitions[key.Partition];
            if (slot.Home != turn.Core) continue;
            if (slot.Holder == null) slot.Store.Unwatch(key.Database, key.Key.Span);
            else if (_later.TryGetValue(key.Partition, out List<WatchedKey>? others)) others.Add(key);
            else _later.Add(key.Partition, [key]);
        }
    }

    /// <summary>Owner: a partition is back.</summary>
    public void Returned(PartitionSlot slot)
    {
        if (_later.Count == 0 || !_later.Remove(slot.Store.Index, out List<WatchedKey>? keys)) return;
        foreach (WatchedKey key in keys) slot.Store.Unwatch(key.Database, key.Key.Span);
    }
}
