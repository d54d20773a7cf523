using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Executions.Scripts;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Host.Subscribers;
using Hedge.Storage.Cores;
using Hedge.Storage.Lookups;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Cores;

/// <summary>
/// Copies into a core's counters what is counted elsewhere: the storage's counters, and the sizes of
/// partitions and clients. It does so at every tick of the core, so INFO is at most a tick behind for other
/// cores.
/// </summary>
internal sealed class FigureCollector(CoreTurn turn, Server server, PartitionTable partitions,
    CoreStorage storage, CoreStatistics statistics, ConnectionTable connections, PubSubHub pubSub,
    ScriptRunner scripts)
{
    private Totals _last;
    private long _checkpoints;
    private long _changesAtCheckpoint;

    /// <summary>Brings the counters up to date.</summary>
    public void Refresh()
    {
        ref CoreCounters counters = ref statistics.Counters;
        AddPartitions(ref counters);
        AddCore(ref counters);
        AddClients(ref counters);
        statistics.Rates.Sample(turn.NowMicroseconds, counters);
        if (turn.NowMilliseconds >= server.Statistics.SnapshotsWantedUntil) return;
        CoreSnapshot.TakeIfDue(statistics, connections.All.Select(c => c.Session), turn.NowMilliseconds);
    }

    private void AddPartitions(ref CoreCounters counters)
    {
        PartitionFigures figures = default;
        foreach (PartitionSlot slot in partitions.All)
        {
            // A leased partition belongs to another core for the moment: its figures are the last known ones
            // then.
            if (slot.Home != turn.Core) continue;
            if (slot.Holder != null) return;
            figures.Add(slot.Store);
        }

        counters.RecordBytes = figures.RecordBytes;
        counters.DirtyRecordBytes = figures.DirtyRecordBytes;
        counters.TableBytes = figures.TableBytes;
        counters.FilterBytes = figures.FilterBytes;
        counters.Runs = figures.Runs;
        counters.RunBytes = figures.RunBytes;
        counters.StoredBlockBytes = figures.StoredBlockBytes;
        counters.BlockBytes = figures.BlockBytes;
        counters.StoredBytes = figures.StoredBytes;
        counters.LiveBytes = figures.LiveBytes;
        counters.UnresolvedCounts = figures.UnresolvedCounts;
        counters.FlushesRunning = figures.FlushesRunning;
        counters.FlushesWaiting = figures.FlushesWaiting;
        counters.CompactionsRunning = figures.CompactionsRunning;
        counters.CompactionsWaiting = figures.CompactionsUnderWay - figures.CompactionsRunning;
        counters.TieredPartitions = figures.TieredPartitions;
        counters.LeveledPartitions = figures.LeveledPartitions;
        counters.LazyPartitions = figures.LazyPartitions;
        Add(ref counters.Flushes, ref _last.Flushes, figures.Flushes);
        Add(ref counters.FlushedBytes, ref _last.FlushedBytes, figures.FlushedBytes);
        Add(ref counters.Compactions, ref _last.Compactions, figures.Compactions);
        Add(ref counters.CompactedBytes, ref _last.CompactedBytes, figures.CompactedBytes);
    }

    private void AddCore(ref CoreCounters counters)
    {
        counters.BlockCacheBytes = storage.BlockCacheBytes;
        counters.LogBufferBytes = storage.Log.MemoryBytes;
        counters.ScriptMachineBytes = scripts.MachineBytes;
        counters.LogBytes = storage.LogBytes;
        counters.LogSegments = storage.LogSegments;
        counters.GarbageFiles = storage.GarbageFiles;
        counters.WriteBytesPerSecond = storage.WriteBytesPerSecond;
        Add(ref counters.LogBytesWritten, ref _last.LogBytesWritten, storage.LogBytesWritten);
        Add(ref counters.RecordsEvicted, ref _last.RecordsEvicted, storage.Counters.EvictedRecords);
        Add(ref counters.DiskReads, ref _last.DiskReads, storage.DiskReads);
        Add(ref counters.DiskReadBytes, ref _last.DiskReadBytes, storage.DiskReadBytes);
        Add(ref counters.Changes, ref _last.Changes, storage.Counters.Changes);
        AddLookups(ref counters);
        long checkpoints = server.Checkpoints?.Completed ?? 0;
        if (checkpoints != _checkpoints) _changesAtCheckpoint = storage.Counters.Changes;
        _checkpoints = checkpoints;
        counters.ChangesSinceCheckpoint = storage.Counters.Changes - _changesAtCheckpoint;
    }

    private void AddLookups(ref CoreCounters counters)
    {
        Add(ref counters.UserBytesWritten, ref _last.UserBytesWritten, storage.Counters.UserBytes);
        Add(ref counters.RecordHits, ref _last.RecordHits, storage.Counters.MemoryHits);
        Add(ref counters.RecordMisses, ref _last.RecordMisses, storage.Counters.RunLookups);
        BlockFigures blocks = storage.BlockFigures;
        Add(ref counters.BlockCacheHits, ref _last.BlockCacheHits, blocks.CacheHits);
        Add(ref counters.BlockCacheMisses, ref _last.BlockCacheMisses, blocks.CacheMisses);
        Add(ref counters.FilterChecks, ref _last.FilterChecks, blocks.FilterChecks);
        Add(ref counters.FilterNegatives, ref _last.FilterNegatives, blocks.FilterNegatives);
        Add(ref counters.FilterFalsePositives, ref _last.FilterFalsePositives, blocks.FilterFalsePositives);
    }

    private void AddClients(ref CoreCounters counters)
    {
        long total = 0;
        long blocked = 0, input = 0, output = 0, inputMax = 0, outputMax = 0, subscribers = 0, watched = 0;
        foreach (Connection connection in connections.All)
        {
            connection.UpdateFigures();
            Session session = connection.Session;
            SessionFigures figures = session.Figures;
            long received = figures.QueryBufferBytes + figures.QueryBufferFreeBytes;
            long unsent = figures.ReplyBufferBytes + figures.OutputMemoryBytes;
            if (session.Blocked || (connection.WaitsFor & WaitReason.Paused) != 0) blocked++;
            if (session.Subscriptions is { Any: true }) subscribers++;
            watched += session.WatchedKeyCount;
            input += received;
            total += figures.TotalBytes;
            output += unsent;
            inputMax = Math.Max(inputMax, received);
            outputMax = Math.Max(outputMax, unsent);
        }

        counters.ConnectedClients = connections.Count;
        counters.BlockedClients = blocked;
        counters.ClientBytes = total;
        counters.ClientInputBytes = input;
        counters.ClientOutputBytes = output;
        counters.LargestClientInputBytes = inputMax;
        counters.LargestClientOutputBytes = outputMax;
        counters.PubSubClients = subscribers;
        counters.PubSubChannels = pubSub.Channels.Names.Count;
        counters.PubSubPatterns = pubSub.Patterns.Names.Count;
        counters.PubSubShardChannels = pubSub.ShardChannels.Names.Count;
        counters.WatchedKeys = watched;
    }

    // Counters here start again at CONFIG RESETSTAT, those elsewhere never do.
    private static void Add(ref long counter, ref long last, long now)
    {
        counter += now - last;
        last = now;
    }

    private struct Totals
    {
        public long Flushes;
        public long FlushedBytes;
        public long Compactions;
        public long CompactedBytes;
        public long LogBytesWritten;
        public long RecordsEvicted;
        public long BlockCacheHits;
        public long BlockCacheMisses;
        public long DiskReads;
        public long DiskReadBytes;
        public long Changes;
        public long UserBytesWritten;
        public long RecordHits;
        public long RecordMisses;
        public long FilterChecks;
        public long FilterNegatives;
        public long FilterFalsePositives;
    }
}
