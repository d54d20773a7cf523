using System.Runtime.InteropServices;

namespace Hedge.Host.Statistics;

/// <summary>
/// One core's counters and gauges. Written by that core alone, plainly; read by others without order: a sum
/// over cores is a moment's approximation. Counters grow until CONFIG RESETSTAT; gauges (marked) are set by
/// the core's timer. The size leaves room behind the fields, so that two cores' counters never share a cache
/// line.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 640)]
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

    /// <summary>Memory that counts against maxmemory: everything native that the core's gauges
    /// name.</summary>
    public readonly long MemoryBytes =>
        RecordBytes + TableBytes + FilterBytes + BlockCacheBytes + LogBufferBytes
        + ClientInputBytes + ClientOutputBytes;

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
    }
}
