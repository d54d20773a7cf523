using Hedge.Storage.Logs;

namespace Hedge.Storage.Cores;

/// <summary>
/// The changes of several commands that are one log record and may pause between them: other commands of the
/// core log meanwhile. They stand in memory at once; until the record is committed their partitions are held,
/// and no generation with them is frozen. Owned by the core; see <see cref="CoreTransactions"/>.
/// </summary>
public sealed class OpenChanges : IDisposable
{
    private readonly List<PartitionState> _partitions = [];

    internal OpenChanges(int partitions) => Record = LogRecordBuilder.Detached(partitions);

    /// <summary>Bytes of native memory held.</summary>
    public long MemoryBytes => Record.Buffer.Capacity;

    /// <summary>The record so far.</summary>
    internal LogRecordBuilder Record { get; }

    /// <summary>The large values in it.</summary>
    internal PendingPlaces Places { get; } = new();

    /// <inheritdoc/>
    public void Dispose() => Record.Buffer.Dispose();

    /// <summary>Notes that a partition has got a change.</summary>
    internal void Note(PartitionState partition)
    {
        if (partition.OpenChanges == this) return;
        Invariant.Check(partition.OpenChanges is null,
            "a partition has changes of one transaction at a time");
        partition.OpenChanges = this;
        _partitions.Add(partition);
    }

    /// <summary>The record is committed: the partitions may be frozen.</summary>
    /// <param name="ready">Gets those with keys that clients wait for.</param>
    internal void End(List<PartitionState> ready)
    {
        foreach (PartitionState partition in _partitions)
        {
            partition.OpenChanges = null;
            if (partition.Watches.HasReady) ready.Add(partition);
        }

        _partitions.Clear();
        Record.EndDetached();
    }
}
