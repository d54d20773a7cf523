using Hedge.Host.Cores;
using Hedge.Host.Slots;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>
/// Watches who writes to partitions: only the core that holds one may. On one thread a mistake here gives a
/// wrong answer only by rare coincidence, on several it is a data race.
/// </summary>
/// <remarks>
/// A core's step may change a partition when its lease is that core's and not ended, or when nobody leases it
/// and the core is its home, or its home sleeps (then it is borrowed). Only the home core's own step gives a
/// partition away or takes it back: a step in which the lease changes is not judged.
/// </remarks>
internal sealed class HoldAudit(CoreGroup group)
{
    private readonly (Lease? Holder, ulong Sequence, bool MayWrite)[] _before =
        new (Lease?, ulong, bool)[group.Partitions.Length];

    /// <summary>Steps in which a partition was written to.</summary>
    public long Writes { get; private set; }

    /// <summary>Makes a core's step and judges it.</summary>
    public void Step(SimCore core)
    {
        int index = core.Loop.Index;
        for (int p = 0; p < _before.Length; p++)
        {
            PartitionSlot slot = group.Partitions[p];
            _before[p] = (slot.Holder, slot.Store.Sequence, MayWrite(slot, index));
        }

        core.Step();
        for (int p = 0; p < _before.Length; p++)
        {
            PartitionSlot slot = group.Partitions[p];
            if (slot.Holder != _before[p].Holder || slot.Store.Sequence == _before[p].Sequence) continue;
            Writes++;
            if (_before[p].MayWrite) continue;
            string holder =
                slot.Holder is { } lease ? $"is leased to core {lease.Coordinator}" : "is not leased";
            throw new SimFailureException(
                $"core {index} writes to partition {p}, which {holder}; its home is core {slot.Home}");
        }
    }

    private bool MayWrite(PartitionSlot slot, int core)
    {
        if (slot.Holder is { } lease) return lease.Coordinator == core && !lease.IsReleased;
        return slot.Home == core || group.Links.States[slot.Home].IsAsleep;
    }
}
