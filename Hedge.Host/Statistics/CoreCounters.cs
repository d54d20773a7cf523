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
    private static readonly int GaugesStart =
        (int)Marshal.OffsetOf<CoreCounters>(nameof(ConnectedClients)) / sizeof(long);

    // Clients.
    public long ConnectionsAccepted;
    public long ConnectionsRejected;
    public long ClientsEvicted;
    public long OutputLimitDisconnections;
    public long QueryLimitDisconnections;
    public long BytesReceived;
    public long BytesSent;
    public long Receives;
    public long Sends;

    // Commands.
    public long CommandsProcessed;
    public long CommandsRestarted;

    /// <summary>How often transactions under way have waited, for records or for their next turn.</summary>
    public long TransactionPauses;
    public long CommandsForwarded;
    public long Leases;

    /// <summary>Leases that were given up for a busy script before they were granted.</summary>
    public long LeasesWithdrawn;
    public long ErrorReplies;
    public long Turns;
    public long TurnMicroseconds;

    // Keys.
    public long KeyspaceHits;
    public long KeyspaceMisses;
    public long ExpiredKeys;
    public long ExpiredFields;

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

    // Gauges: clients.
    public long ConnectedClients;
    public long BlockedClients;
    public long ClientInputBytes;
    public long ClientOutputBytes;

    /// <summary>All that CLIENT LIST calls tot-mem.</summary>
    public long ClientBytes;

    /// <summary>That of the client that would be evicted first.</summary>
    public long EvictableClientBytes;
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
    public long ScriptMachineBytes;
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
    public long WriteBytesPerSecond;
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

    /// <summary>Adds another core's, to the reader's copy; what is the same for all cores is added
    /// too.</summary>
    public void Add(in CoreCounters other)
    {
        ReadOnlySpan<long> fields = MemoryMarshal.Cast<CoreCounters, long>(new(in other));
        Span<long> sums = Fields();
        for (int i = 0; i < sums.Length; i++) sums[i] += fields[i];
    }

    /// <summary>Sets the counters to zero and leaves the gauges.</summary>
    public void Reset()
    {
        long changes = ChangesSinceCheckpoint;
        Fields()[..GaugesStart].Clear();
        ChangesSinceCheckpoint = changes;
    }

    // All fields are 64-bit integers, in the order of their declaration.
    private Span<long> Fields() =>
        MemoryMarshal.Cast<CoreCounters, long>(MemoryMarshal.CreateSpan(ref this, 1));
}
