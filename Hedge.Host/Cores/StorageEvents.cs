using Hedge.Host.Connections;
using Hedge.Host.Executions;
using Hedge.Host.Leases;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Cores;

/// <summary>What the server does when <see cref="StorageTurns"/> reports something: runs requests that waited
/// for a partition, and refuses writes while a log has failed. Owned by the core.</summary>
internal sealed class StorageEvents(CoreTurn turn, Server server, PartitionTable partitions,
    CoreStorage storage, FailureCounts failures, CommitGate gate, LeaseManager leases, KeyWaits keyWaits,
    Executor executor, SlowedWriters slowed) : IStorageCallbacks
{
    private const long RoomLastsMicroseconds = 10_000_000;

    private readonly bool[] _failing = new bool[partitions.Count];
    private readonly PartitionSlot[] _homes =
        [.. partitions.All.Where(slot => slot.Home == turn.Core)];
    private readonly bool[] _stuck = new bool[partitions.Count];
    private readonly DamageNews _damages = new(turn, server, storage.Damages);
    private bool _isDirectoryLost;
    private bool _isFull;
    private long _fullAt;
    private int _failed;
    private long _retried = -1;

    /// <summary>The partitions whose home is the core.</summary>
    public static IReadOnlyList<Partition> HomesOf(PartitionTable partitions, int core) =>
        [.. partitions.All.Where(slot => slot.Home == core).Select(slot => slot.Store)];

    public bool IsHome(int partition) => partitions[partition].Holder == null;

    public void Ticked(int partition)
    {
        PartitionSlot slot = partitions[partition];
        bool isStuck = slot.Store is { FlushFailure: not null, WritePressure: >= 1 };
        if (isStuck != _stuck[partition])
        {
            _stuck[partition] = isStuck;
            failures.CountStuck(isStuck ? 1 : -1);
        }

        if (slot.Store.Watches.HasReady) keyWaits.Serve(slot);
        if (slot.Deferred.Count > 0) executor.RunDeferred(slot);
        NoteDirectory();
        NoteFullDisk();
        if (turn.Core == 0) _damages.Tell();
        if (_failing[partition] != slot.Store.LastFailure is not null) NoteFailure(partition);
    }

    public void PressureChanged()
    {
        foreach (PartitionSlot slot in _homes)
            if (slot.Deferred.Count > 0 && slot.Holder == null) executor.RunDeferred(slot);
        slowed.Retry();
        if (_retried >= 0 && storage.Log.Written.Value > _retried) NoteRecovery();
    }

    // A full disk is tried again and again. Once something has been written, it works.
    private void NoteRecovery()
    {
        _retried = -1;
        if (server.WriteFailure == null && failures.TryEndRefusal())
            server.Log(LogLevel.Notice, "The logs can be written again: writes are accepted");
    }

    // Only the first core logs it.
    private void NoteDirectory()
    {
        if (turn.Core != 0 || _isDirectoryLost == storage.DirectoryFailure is not null) return;
        _isDirectoryLost = !_isDirectoryLost;
        if (_isDirectoryLost)
        {
            server.Log(LogLevel.Warning, "Writes are refused from now on (MISCONF), since the "
                + $"data directory cannot be reached: {storage.DirectoryFailure?.Message}");
        }
        else
        {
            server.Log(LogLevel.Notice, "The data directory can be reached again");
        }
    }

    // Merges give room back for moments, so the end is told only when it lasts.
    private void NoteFullDisk()
    {
        if (turn.Core != 0) return;
        DiskLimit limit = storage.DiskLimit;
        if (limit.IsFull)
        {
            _fullAt = turn.NowMicroseconds;
            if (_isFull) return;
            _isFull = true;
            server.Log(LogLevel.Warning, "Writes that need room are refused from now on, since "
                + (limit.IsSystem
                    ? "the file system of the data directory is full (MISCONF)" : "maxdisk is reached (OOM)")
                + ". Deleting is possible");
        }
        else if (_isFull && turn.NowMicroseconds - _fullAt >= RoomLastsMicroseconds)
        {
            _isFull = false;
            server.Log(LogLevel.Notice, "The data directory has room again: writes are accepted");
        }
    }

    private void NoteFailure(int partition)
    {
        IOException? failure = partitions[partition].Store.LastFailure;
        _failing[partition] = failure != null;
        _failed += failure != null ? 1 : -1;
        if (failure != null && _failed == 1)
        {
            server.Log(LogLevel.Warning, $"Core {turn.Core} cannot flush partition {partition}, "
                + $"and tries again every second: {failure.Message}");
        }
        else if (_failed == 0)
        {
            server.Log(LogLevel.Notice, $"Core {turn.Core} can flush its partitions again");
        }
    }

    public void LogChanged(bool hasFailed)
    {
        int failed = failures.CountLogs(hasFailed ? 1 : -1);
        _retried = hasFailed ? -1 : storage.Log.Written.Value;
        if (hasFailed && failures.TryBeginRefusal())
        {
            server.Log(LogLevel.Warning, $"Writes are refused from now on (MISCONF), since the log of core "
                + $"{turn.Core} has failed: {storage.Log.Failure!.Message}");
        }

        if (hasFailed) server.WriteFailure = Errno.Describe(storage.Log.FailedErrno);
        else if (failed == 0) server.WriteFailure = null;
        if (!hasFailed) return;
        gate.Fail();
        leases.LogFailed();
    }
}
