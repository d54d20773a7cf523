using Hedge.Host.Settings;
using Hedge.Storage.Io;
using Hedge.Storage.Jobs;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Cores;

/// <summary>
/// What a core does for its storage in a turn: the log, the jobs of the background thread, the partitions'
/// timers. Owned by the core.
/// </summary>
internal sealed class StorageTurns(CoreLoop loop, JobWorker worker)
{
    private readonly List<BackgroundJob> _finished = [];
    private bool _logFailed;

    /// <summary>appendfsync as the log has it.</summary>
    public static SyncPolicy PolicyOf(ServerSettings settings) => settings.AppendFsync switch
    {
        AppendFsync.Always => SyncPolicy.Always,
        AppendFsync.No => SyncPolicy.No,
        _ => SyncPolicy.EverySecond,
    };

    /// <summary>The log's part of a turn: writes and syncs by the policy,
    /// and notices when it fails.</summary>
    public void TurnLog()
    {
        loop.Storage.Log.Policy = PolicyOf(loop.Settings);
        loop.Storage.EndTurn(loop.NowMicroseconds);
        if (loop.Storage.Log.HasFailed == _logFailed) return;
        _logFailed = loop.Storage.Log.HasFailed;
        int failed = loop.Group.CountFailedLogs(_logFailed ? 1 : -1);
        if (_logFailed) loop.Group.Server.WriteFailure = Errno.Describe(loop.Storage.Log.FailedErrno);
        else if (failed == 0) loop.Group.Server.WriteFailure = null;
        if (!_logFailed) return;
        loop.Gate.Fail();
        loop.Leases.LogFailed();
    }

    /// <summary>Gives new jobs to the background thread and takes finished ones back.</summary>
    public void ExchangeJobs()
    {
        while (loop.Storage.TryTakeJob(out BackgroundJob? job)) worker.Add(job);
        while (worker.TryTakeFinished(out BackgroundJob? job)) _finished.Add(job!);
        for (int i = 0; i < loop.Group.Partitions.Length
            && loop.Storage.TryTakeWaiting(out Partition? waiting); i++)
        {
            // A leased partition goes on at its next regular tick.
            PartitionSlot slot = loop.Group.Partitions[waiting.Index];
            if (slot.Holder == null) slot.Store.Tick(loop.Storage);
        }

        bool any = false;
        for (int i = _finished.Count - 1; i >= 0; i--)
        {
            PartitionSlot slot = loop.Group.Partitions[_finished[i].Partition.Index];
            if (slot.Holder != null) continue;
            _finished[i].Complete(loop.Storage);
            _finished.RemoveAt(i);
            slot.Store.Tick(loop.Storage);
            any = true;
            if (slot.Deferred.Count > 0) loop.Executor.RunDeferred(slot);
        }

        if (any) loop.Connections.TrySlowed();
    }

    /// <summary>The timers of the core's partitions and of its log.</summary>
    public void Tick()
    {
        foreach (PartitionSlot slot in loop.Group.Partitions)
        {
            if (slot.Home != loop.Index || slot.Holder != null) continue;
            slot.Store.Tick(loop.Storage);
            if (slot.Deferred.Count > 0) loop.Executor.RunDeferred(slot);
        }

        loop.Storage.Tick();
        if (_logFailed && loop.Storage.Log.TryRecover()) TurnLog();
        loop.Connections.TrySlowed();
    }
}
