using System.Runtime.InteropServices;

namespace Hedge.Host.Statistics;

/// <summary>
/// One core's counters and gauges. Written by that core alone, plainly; read by others without order: a sum
/// over cores is a moment's approximation. Counters grow until CONFIG RESETSTAT; gauges (marked) are set by
/// the core's timer. The size leaves room behind the fields, so that two cores' counters never share a cache
/// line.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 832)]
internal struct CoreCounters
{
    // Clients.
    public long ConnectionsAccepted;
    public long ConnectionsRejected;
    public long OutputLimitDisconnections;
    public long QueryLimitDisconnections;
    public long BytesReceived;
    public long BytesSent;
    public long Receives;
    public long Sends;

    // Commands.
    public long CommandsProcessed;
    public long CommandsRestarted;
    public long CommandsForwarded;
    public long Leases;
    public long ErrorReplies;
    public long Turns;
    public long TurnMicroseconds;

    // Keys.
    public long KeyspaceHits;
    public long KeyspaceMisses;
    public long ExpiredKeys;

    /// <summary>Keys deleted because of maxdisk.</summary>
    public long EvictedKeys;
    public long ChangesSinceCheckpoint;

    // Engine.
    public long RecordsEvicted;
    public long DiskReads;
    public long DiskReadBytes;
    public long BlockCacheHits;
    public long BlockCacheMisses;
    public long Flushes;
    public long FlushedBytes;
    public long Compactions;
    public long CompactedBytes;
    public long LogBytesWritten;
    public long Changes;
    public long UserBytesWritten;
    public long RecordHits;
    public long RecordMisses;
    public long FilterChecks;
    public long FilterNegatives;
    public long FilterFalsePositives;
    public long SlowedWrites;
    public long StallMicroseconds;
    public long WriteBytesPerSecond;

    // Gauges: clients.
    public long ConnectedClients;
    public long BlockedClients;
    public long ClientInputBytes;
    public long ClientOutputBytes;
    public long LargestClientInputBytes;
    public long LargestClientOutputBytes;
    public long PubSubClients;
    public long PubSubChannels;
    public long PubSubPatterns;
    public long PubSubShardChannels;
    public long WatchedKeys;

    // Gauges: memory and disk, in bytes where the name says so.
    public long RecordBytes;
    public long DirtyRecordBytes;
    public long TableBytes;
    public long FilterBytes;
    public long BlockCacheBytes;
    public long LogBufferBytes;
    public long LogBytes;
    public long Runs;
    public long RunBytes;
    public long StoredBlockBytes;
    public long BlockBytes;

    // Gauges: the engine.
    public long StoredBytes;
    public long LiveBytes;
    public long LogSegments;
    public long GarbageFiles;
    public long UnresolvedCounts;
    public long FlushesRunning;
    public long FlushesWaiting;
    public long CompactionsRunning;
    public long CompactionsWaiting;
    public long TieredPartitions;
    public long LeveledPartitions;
    public long LazyPartitions;

    /// <summary>Memory that counts against maxmemory: everything native that the core's gauges
    /// name.</summary>
    public readonly long MemoryBytes =>
        RecordBytes + TableBytes + FilterBytes + BlockCacheBytes + LogBufferBytes
        + ClientInputBytes + ClientOutputBytes;

    /// <summary>Adds another core's storage figures, the reader's copy.</summary>
    public void AddStorage(in CoreCounters other)
    {
        DirtyRecordBytes += other.DirtyRecordBytes;
        Runs += other.Runs;
        RunBytes += other.RunBytes;
        StoredBlockBytes += other.StoredBlockBytes;
        BlockBytes += other.BlockBytes;
        StoredBytes += other.StoredBytes;
        LiveBytes += other.LiveBytes;
        LogBytes += other.LogBytes;
        LogSegments += other.LogSegments;
        UnresolvedCounts += other.UnresolvedCounts;
        FlushesRunning += other.FlushesRunning;
        FlushesWaiting += other.FlushesWaiting;
        CompactionsRunning += other.CompactionsRunning;
        CompactionsWaiting += other.CompactionsWaiting;
        TieredPartitions += other.TieredPartitions;
        LeveledPartitions += other.LeveledPartitions;
        LazyPartitions += other.LazyPartitions;
        Changes += other.Changes;
        UserBytesWritten += other.UserBytesWritten;
        LogBytesWritten += other.LogBytesWritten;
        Flushes += other.Flushes;
        FlushedBytes += other.FlushedBytes;
        Compactions += other.Compactions;
        CompactedBytes += other.CompactedBytes;
        SlowedWrites += other.SlowedWrites;
        StallMicroseconds += other.StallMicroseconds;
        WriteBytesPerSecond += other.WriteBytesPerSecond;
        RecordHits += other.RecordHits;
        RecordMisses += other.RecordMisses;
        RecordsEvicted += other.RecordsEvicted;
        FilterChecks += other.FilterChecks;
        FilterNegatives += other.FilterNegatives;
        FilterFalsePositives += other.FilterFalsePositives;
        BlockCacheHits += other.BlockCacheHits;
        BlockCacheMisses += other.BlockCacheMisses;
        DiskReads += other.DiskReads;
        DiskReadBytes += other.DiskReadBytes;
    }

    /// <summary>Sets the counters to zero and leaves the gauges.</summary>
    public void Reset()
    {
        CoreCounters gauges = this;
        this = default;
        ChangesSinceCheckpoint = gauges.ChangesSinceCheckpoint;
        ConnectedClients = gauges.ConnectedClients;
        BlockedClients = gauges.BlockedClients;
        ClientInputBytes = gauges.ClientInputBytes;
        ClientOutputBytes = gauges.ClientOutputBytes;
        PubSubClients = gauges.PubSubClients;
        PubSubChannels = gauges.PubSubChannels;
        PubSubPatterns = gauges.PubSubPatterns;
        PubSubShardChannels = gauges.PubSubShardChannels;
        WatchedKeys = gauges.WatchedKeys;
        RecordBytes = gauges.RecordBytes;
        DirtyRecordBytes = gauges.DirtyRecordBytes;
        TableBytes = gauges.TableBytes;
        FilterBytes = gauges.FilterBytes;
        BlockCacheBytes = gauges.BlockCacheBytes;
        LogBufferBytes = gauges.LogBufferBytes;
        LogBytes = gauges.LogBytes;
        Runs = gauges.Runs;
        RunBytes = gauges.RunBytes;
        StoredBlockBytes = gauges.StoredBlockBytes;
        BlockBytes = gauges.BlockBytes;
        StoredBytes = gauges.StoredBytes;
        LiveBytes = gauges.LiveBytes;
        LogSegments = gauges.LogSegments;
        GarbageFiles = gauges.GarbageFiles;
        UnresolvedCounts = gauges.UnresolvedCounts;
        FlushesRunning = gauges.FlushesRunning;
        FlushesWaiting = gauges.FlushesWaiting;
        CompactionsRunning = gauges.CompactionsRunning;
        CompactionsWaiting = gauges.CompactionsWaiting;
        TieredPartitions = gauges.TieredPartitions;
        LeveledPartitions = gauges.LeveledPartitions;
        LazyPartitions = gauges.LazyPartitions;
    }
}
