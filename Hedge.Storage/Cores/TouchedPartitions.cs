using System.Runtime.CompilerServices;

namespace Hedge.Storage.Cores;

/// <summary>The partitions that the running command has changed or brought records into. They are looked at
/// when it is done. Owned by the core.</summary>
internal sealed class TouchedPartitions(StorageCounters counters)
{
    private readonly List<PartitionState> _touched = [];

    /// <summary>Partitions with keys that clients wait for and that have changed; the host takes
    /// them.</summary>
    public List<PartitionState> Ready { get; } = [];

    /// <summary>The command has changed the partition, or brought records into its memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(PartitionState partition)
    {
        if (partition.IsTouched) return;
        partition.IsTouched = true;
        _touched.Add(partition);
    }

    /// <summary>Gives memory back at a command's end, when the records that it has looked up may be
    /// evicted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void GiveBack()
    {
        if (_touched.Count > 0) GiveBackAll();
    }

    private void GiveBackAll()
    {
        foreach (PartitionState partition in _touched)
        {
            partition.IsTouched = false;
            long before = partition.Reclaimer.Evicted;
            partition.Reclaimer.Evict();
            counters.EvictedRecords += partition.Reclaimer.Evicted - before;
            if (partition.Watches.HasReady) Ready.Add(partition);
        }

        _touched.Clear();
    }
}
