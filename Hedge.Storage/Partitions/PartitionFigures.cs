using Hedge.Storage.Runs;

namespace Hedge.Storage.Partitions;

/// <summary>What a partition has in memory and on disk, and what it has done, for INFO. Sums over partitions
/// are made by
/// <see cref="Add(Partition)"/>.</summary>
public struct PartitionFigures
{
    /// <summary>Bytes of native memory in records.</summary>
    public long RecordBytes { get; private set; }

    /// <summary>Bytes of records that are not in runs yet; part of <see cref="RecordBytes"/>.</summary>
    public long DirtyRecordBytes { get; private set; }

    /// <summary>Bytes of native memory in the hash table.</summary>
    public long TableBytes { get; private set; }

    /// <summary>Bytes of native memory in the runs' filters and indices.</summary>
    public long FilterBytes { get; private set; }

    /// <summary>Number of run files.</summary>
    public long Runs { get; private set; }

    /// <summary>Bytes of run files.</summary>
    public long RunBytes { get; private set; }

    /// <summary>Blind writes, in memory and in runs, of which it is not known yet what they have
    /// replaced.</summary>
    public long UnresolvedCounts { get; private set; }

    /// <summary>Flushes since the start, and the bytes of the runs they made.</summary>
    public long Flushes { get; private set; }

    /// <inheritdoc cref="Flushes"/>
    public long FlushedBytes { get; private set; }

    /// <summary>Compactions since the start, and the bytes of the runs they made.</summary>
    public long Compactions { get; private set; }

    /// <inheritdoc cref="Compactions"/>
    public long CompactedBytes { get; private set; }

    /// <summary>Generations that wait for their flush.</summary>
    public long FrozenGenerations { get; private set; }

    /// <summary>Compactions under way.</summary>
    public long CompactionsUnderWay { get; private set; }

    /// <summary>Adds other partitions' sums.</summary>
    public void Add(in PartitionFigures other)
    {
        RecordBytes += other.RecordBytes;
        DirtyRecordBytes += other.DirtyRecordBytes;
        TableBytes += other.TableBytes;
        FilterBytes += other.FilterBytes;
        Runs += other.Runs;
        RunBytes += other.RunBytes;
        Flushes += other.Flushes;
        FlushedBytes += other.FlushedBytes;
        Compactions += other.Compactions;
        CompactedBytes += other.CompactedBytes;
        FrozenGenerations += other.FrozenGenerations;
        CompactionsUnderWay += other.CompactionsUnderWay;
        UnresolvedCounts += other.UnresolvedCounts;
    }

    /// <summary>Adds a partition's. The owner calls it.</summary>
    public void Add(Partition partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        RecordMemory memory = partition.Memory;
        RecordBytes += memory.Allocator.BytesInUse;
        TableBytes += memory.Table.BytesHeld;
        DirtyRecordBytes += memory.Active.Bytes;
        foreach (Generation generation in memory.Frozen) DirtyRecordBytes += generation.Bytes;
        foreach (Run run in partition.Runs.Newest)
        {
            FilterBytes += run.ResidentBytes;
            RunBytes += run.Info.FileBytes;
            Runs++;
        }

        UnresolvedCounts += partition.Counts.Unresolved;
        FrozenGenerations += memory.Frozen.Count;
        if (!partition.Compactor.IsIdle) CompactionsUnderWay++;
        Flushes += partition.Flusher.Flushes;
        FlushedBytes += partition.Flusher.FlushedBytes;
        Compactions += partition.Compactor.Compactions;
        CompactedBytes += partition.Compactor.CompactedBytes;
    }
}
