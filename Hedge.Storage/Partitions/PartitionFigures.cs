using Hedge.Storage.Compactions;
using Hedge.Storage.Keys;
using Hedge.Storage.Memtables;
using Hedge.Storage.Records;
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

    /// <summary>Bytes of the runs' data blocks, as they are on disk and as they are in memory.</summary>
    public long StoredBlockBytes { get; private set; }

    /// <inheritdoc cref="StoredBlockBytes"/>
    public long BlockBytes { get; private set; }

    /// <summary>Bytes of keys and values in runs and in records that are not in runs yet, also of those
    /// replaced or dead; estimated.</summary>
    public long StoredBytes { get; private set; }

    /// <summary>Bytes of keys and values of the keys there are, with their nodes: their number times the
    /// average, partition by partition.</summary>
    public long LiveBytes { get; private set; }

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

    /// <summary>Flushes under way; the other frozen generations wait.</summary>
    public long FlushesRunning { get; private set; }

    /// <summary>Generations whose flush has not begun.</summary>
    public long FlushesWaiting { get; private set; }

    /// <summary>Compactions under way, also those that wait for their turn on the background
    /// thread.</summary>
    public long CompactionsUnderWay { get; private set; }

    /// <summary>Compactions that have begun.</summary>
    public long CompactionsRunning { get; private set; }

    /// <summary>Partitions whose runs are merged by the policy at present.</summary>
    public long TieredPartitions { get; private set; }

    /// <inheritdoc cref="TieredPartitions"/>
    public long LeveledPartitions { get; private set; }

    /// <inheritdoc cref="TieredPartitions"/>
    public long LazyPartitions { get; private set; }

    /// <summary>Adds other partitions' sums.</summary>
    public void Add(in PartitionFigures other)
    {
        RecordBytes += other.RecordBytes;
        DirtyRecordBytes += other.DirtyRecordBytes;
        TableBytes += other.TableBytes;
        FilterBytes += other.FilterBytes;
        Runs += other.Runs;
        RunBytes += other.RunBytes;
        StoredBlockBytes += other.StoredBlockBytes;
        BlockBytes += other.BlockBytes;
        Flushes += other.Flushes;
        FlushedBytes += other.FlushedBytes;
        Compactions += other.Compactions;
        CompactedBytes += other.CompactedBytes;
        FrozenGenerations += other.FrozenGenerations;
        CompactionsUnderWay += other.CompactionsUnderWay;
        UnresolvedCounts += other.UnresolvedCounts;
        StoredBytes += other.StoredBytes;
        LiveBytes += other.LiveBytes;
        FlushesRunning += other.FlushesRunning;
        FlushesWaiting += other.FlushesWaiting;
        CompactionsRunning += other.CompactionsRunning;
        TieredPartitions += other.TieredPartitions;
        LeveledPartitions += other.LeveledPartitions;
        LazyPartitions += other.LazyPartitions;
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
            StoredBlockBytes += run.Info.StoredBlockBytes;
            BlockBytes += run.Info.BlockBytes;
            Runs++;
        }

        UnresolvedCounts += partition.Counts.Unresolved;
        FrozenGenerations += memory.Frozen.Count;
        if (!partition.Compactor.IsIdle) CompactionsUnderWay++;
        Flushes += partition.Flusher.Flushes;
        FlushedBytes += partition.Flusher.FlushedBytes;
        Compactions += partition.Compactor.Compactions;
        CompactedBytes += partition.Compactor.CompactedBytes;
        AddJobs(partition);
        AddContents(partition);
    }

    private void AddJobs(Partition partition)
    {
        int frozen = 0;
        foreach (Generation generation in partition.Memory.Frozen)
            if (!generation.IsReleasing) frozen++;
        int running = partition.Flusher.IsRunning ? 1 : 0;
        FlushesRunning += running;
        FlushesWaiting += frozen - running;
        if (partition.Compactor.IsRunning) CompactionsRunning++;
        switch (partition.CompactionPolicy)
        {
            case CompactionPolicy.Leveled: LeveledPartitions++; break;
            case CompactionPolicy.Lazy: LazyPartitions++; break;
            default: TieredPartitions++; break;
        }
    }

    // What is not a value of a key (tombstones, the expiry index) is known by number only, and taken to be as
    // long as the run's last key.
    private void AddContents(Partition partition)
    {
        double values = 0, valueBytes = 0, otherBytes = 0;
        foreach (Run run in partition.Runs.Newest)
        {
            RunInfo info = run.Info;
            long expiries = 0;
            foreach (KeyspaceCount count in info.Keyspaces)
                if (count.Keyspace == InternalKey.ExpiryKeyspace) expiries = count.Puts;
            long puts = info.Puts - expiries;
            long other = Math.Min(info.EntryBytes, ((info.Tombstones + expiries) * info.MaxKey.Length)
                + (expiries * (InternalKey.ExpiryPrefixBytes - InternalKey.PrefixBytes)));
            values += puts;
            valueBytes += Math.Max(0, info.EntryBytes - other - (puts * InternalKey.PrefixBytes));
            otherBytes += other;
        }

        Add(partition.Memory.Active, ref values, ref valueBytes);
        foreach (Generation generation in partition.Memory.Frozen)
            if (!generation.IsReleasing) Add(generation, ref values, ref valueBytes);
        StoredBytes += (long)(valueBytes + otherBytes);
        long keys = 0;
        for (int i = 0; i < partition.Keyspaces.Databases; i++)
            keys += partition.Count(i) + Math.Max(0, partition.Keyspaces.Nodes(i));
        LiveBytes += values == 0 ? 0 : (long)Math.Min(valueBytes, keys * (valueBytes / values));
    }

    private static void Add(Generation generation, ref double values, ref double bytes)
    {
        values += generation.Records.Count;
        bytes += Math.Max(0, generation.Bytes - ((long)generation.Records.Count * RecordHeader.SizeBytes));
    }
}
