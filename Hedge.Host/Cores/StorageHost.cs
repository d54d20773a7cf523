using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Cores;

/// <summary>The server's side of <see cref="StorageTurns"/>: leases, requests that wait for partitions, and
/// what a failed log means. Owned by the core.</summary>
internal sealed class StorageHost(CoreLoop loop) : IStorageHost
{
    private readonly bool[] _failing = new bool[loop.Group.Partitions.Length];
    private readonly PartitionSlot[] _homes =
        [.. loop.Group.Partitions.Where(slot => slot.Home == loop.Index)];
    private readonly bool[] _stuck = new bool[loop.Group.Partitions.Length];
    private bool _isDirectoryLost;
    private int _failed;
    private long _retried = -1;

    /// <summary>appendfsync as the log has it.</summary>
    public static SyncPolicy PolicyOf(ServerSettings settings) => settings.AppendFsync switch
    {
        AppendFsync.Always => SyncPolicy.Always,
        AppendFsync.No => SyncPolicy.No,
        _ => SyncPolicy.EverySecond,
    };

    /// <summary>The partitions whose home is the core.</summary>
    public static IReadOnlyList<Partition> HomesOf(CoreGroup group, int core) =>
        [.. group.Partitions.Where(slot => slot.Home == core).Select(slot => slot.Store)];

    public bool Holds(int partition) => loop.Group.Partitions[partition].Holder == null;

    public void Ticked(int partition)
    {
        PartitionSlot slot = loop.Group.Partitions[partition];
        bool isStuck = slot.Store is { FlushFailure: not null, WritePressure: >= 1 };
        if (isStuck != _stuck[partition])
        {
            _stuck[partition] = isStuck;
            loop.Group.CountStuck(isStuck ? 1 : -1);
        }

        if (slot.Store.Watches.HasReady) loop.KeyWaits.Serve(slot);
        if (slot.Deferred.Count > 0) loop.Executor.RunDeferred(slot);
        NoteDirectory();
        if (_failing[partition] != slot.Store.LastFailure is not null) NoteFailure(partition);
    }

    public void PressureChanged()
    {
        foreach (PartitionSlot slot in _homes)
            if (slot.Deferred.Count > 0 && slot.Holder == null) loop.Executor.RunDeferred(slot);
        loop.Slowed.Retry();
        if (_retried >= 0 && loop.Storage.Log.Written.Value > _retried) NoteRecovery();
    }

    // A full disk is tried again and again: it works when something has been written.
    private void NoteRecovery()
    {
        _retried = -1;
        if (loop.Group.Server.WriteFailure == null && loop.Group.TryEndRefusal())
            loop.Group.Server.Log(LogLevel.Notice, "The logs can be written again: writes are accepted");
    }

    // The first core says it for all.
    private void NoteDirectory()
    {
        if (loop.Index != 0 || _isDirectoryLost == loop.Storage.DirectoryFailure is not null) return;
        _isDirectoryLost = !_isDirectoryLost;
        if (_isDirectoryLost)
        {
            loop.Group.Server.Log(LogLevel.Warning, "Writes are refused from now on (MISCONF), since the "
                + $"data directory cannot be reached: {loop.Storage.DirectoryFailure?.Message}");
        }
        else
        {
            loop.Group.Server.Log(LogLevel.Notice, "The data directory can be reached again");
        }
    }

    private void NoteFailure(int partition)
    {
        IOException? failure = loop.Group.Partitions[partition].Store.LastFailure;
        _failing[partition] = failure != null;
        _failed += failure != null ? 1 : -1;
        if (failure != null && _failed == 1)
        {
            loop.Group.Server.Log(LogLevel.Warning, $"Core {loop.Index} cannot flush partition {partition}, "
                + $"and tries again every second: {failure.Message}");
        }
        else if (_failed == 0)
        {
            loop.Group.Server.Log(LogLevel.Notice, $"Core {loop.Index} can flush its partitions again");
        }
    }

    public void LogChanged(bool hasFailed)
    {
        int failed = loop.Group.CountFailedLogs(hasFailed ? 1 : -1);
        Server server = loop.Group.Server;
        _retried = hasFailed ? -1 : loop.Storage.Log.Written.Value;
        if (hasFailed && loop.Group.TryBeginRefusal())
        {
            server.Log(LogLevel.Warning, $"Writes are refused from now on (MISCONF), since the log of core "
                + $"{loop.Index} has failed: {loop.Storage.Log.Failure!.Message}");
        }

        if (hasFailed) server.WriteFailure = Errno.Describe(loop.Storage.Log.FailedErrno);
        else if (failed == 0) server.WriteFailure = null;
        if (!hasFailed) return;
        loop.Gate.Fail();
        loop.Leases.LogFailed();
    }
}
