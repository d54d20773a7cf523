using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Storage.Memtables;
using Hedge.Storage.Partitions;

namespace Hedge.Storage.Engines;

/// <summary>
/// What a core does for its storage in a turn: the log, the jobs of the background thread, the partitions'
/// timers. Owned by the core.
/// </summary>
/// <param name="storage">The core's services.</param>
/// <param name="worker">Who runs the core's jobs.</param>
/// <param name="homes">The partitions that are the core's own.</param>
/// <param name="host">The host of these turns.</param>
/// <remarks>
/// A turn: the host polls its I/O and runs commands, then <see cref="ExchangeJobs"/>, every
/// <see cref="TickMicroseconds"/> <see cref="Tick"/>, and <see cref="TurnLog"/> before what the commands did
/// is shown to anybody.
/// </remarks>
public sealed class StorageTurns(CoreStorage storage, JobWorker worker, IReadOnlyList<Partition> homes,
    IStorageCallbacks host)
{
    /// <summary>How often the host calls <see cref="Tick"/>, in microseconds.</summary>
    public const long TickMicroseconds = 100_000;

    private const long TightMicroseconds = 20_000;
    private const long HeldMicroseconds = 4_000;
    private const int LogDivisor = 4;
    private const long LogBytesLeast = 8 << 20;
    private const long LogBytesMost = 64 << 20;

    private readonly List<BackgroundJob> _finished = [];
    private readonly Partition[] _homes = [.. homes];
    private readonly Dictionary<int, Partition> _byIndex = homes.ToDictionary(home => home.Index);
    private readonly WriteThrottle _throttle = storage.Throttle;
    private bool _logFailed;
    private long _diskTicked;
    private LogPosition _recovered;

    /// <summary>The log's part of a turn: writes and syncs by the policy, and notices failure.</summary>
    /// <param name="policy">When the log is synced.</param>
    /// <param name="nowMicroseconds">The monotonic time.</param>
    public void TurnLog(SyncPolicy policy, long nowMicroseconds)
    {
        storage.Log.Policy = policy;
        if (storage.IsDiskCountDue) CountDisk();
        storage.EndTurn(nowMicroseconds);
        // A log that goes on has first to make durable what it could not write: others may have seen that,
        // and a write of theirs must not be acknowledged before it.
        bool hasFailed = storage.Log.HasFailed || (_logFailed && storage.Log.Synced < _recovered);
        if (hasFailed == _logFailed) return;
        _logFailed = hasFailed;
        host.LogChanged(_logFailed);
    }

    /// <summary>The monotonic time of the next turn that is due although nothing happens before.</summary>
    public long NextMicroseconds => Math.Min(NextDiskMicroseconds,
        Math.Min(storage.Log.NextTurnMicroseconds, _throttle.NextMicroseconds));

    // While writers wait for room, each merge, deletion and eviction counts.
    private long NextDiskMicroseconds => storage.DiskLimit.HoldsWriters ? _diskTicked + HeldMicroseconds
        : storage.DiskLimit.IsTight ? _diskTicked + TightMicroseconds : long.MaxValue;

    /// <summary>Gives new jobs to the background thread and takes finished ones back, and lets in writers who
    /// were slowed.</summary>
    /// <param name="nowMicroseconds">The monotonic time.</param>
    public void ExchangeJobs(long nowMicroseconds)
    {
        GiveJobs();
        while (worker.TryTakeFinished(out BackgroundJob? job))
        {
            if (job.NeedsPartition) _finished.Add(job);
            else job.Complete(storage);
        }

        for (int i = 0; i < _homes.Length && storage.TryTakeWaiting(out int waiting); i++)
        {
            // One that is lent out goes on at its next regular tick.
            if (host.IsHome(waiting)) _byIndex[waiting].Tick(storage);
        }

        bool any = nowMicroseconds >= NextDiskMicroseconds;
        if (any) TickForRoom(nowMicroseconds);
        for (int i = _finished.Count - 1; i >= 0; i--)
        {
            int index = _finished[i].Partition.Index;
            if (!host.IsHome(index)) continue;
            Partition partition = _byIndex[index];
            _finished[i].Complete(storage);
            _finished.RemoveAt(i);
            partition.Tick(storage);
            any = true;
            host.Ticked(partition.Index);
        }

        if (TurnThrottle(nowMicroseconds) || any) host.PressureChanged();
    }

    /// <summary>Gives new jobs to the background thread.</summary>
    public void GiveJobs()
    {
        while (storage.TryTakeJob(out BackgroundJob? job)) worker.Add(job);
    }

    /// <summary>The timers of the core's partitions and of its log.</summary>
    /// <param name="nowMicroseconds">The monotonic time.</param>
    public void Tick(long nowMicroseconds)
    {
        foreach (Partition partition in _homes)
        {
            if (!host.IsHome(partition.Index)) continue;
            partition.Tick(storage);
            host.Ticked(partition.Index);
        }

        storage.Tick();
        if (_logFailed && storage.Log.HasFailed && storage.Log.TryRecover())
        {
            _recovered = storage.Log.RequestSync();
            TurnLog(storage.Log.Policy, nowMicroseconds);
        }

        host.PressureChanged();
    }

    private void TickForRoom(long nowMicroseconds)
    {
        _diskTicked = nowMicroseconds;
        foreach (Partition partition in _homes)
        {
            if (!host.IsHome(partition.Index)) continue;
            partition.Tick(storage);
            host.Ticked(partition.Index);
        }

        storage.CountDisk();
    }

    // What is not flushed yet has grown since the partitions' ticks.
    private void CountDisk()
    {
        foreach (Partition partition in _homes)
            if (host.IsHome(partition.Index)) partition.KeyEvictor.Tell();
        storage.CountDisk();
    }

    // Changes stand in memory until they are flushed, and in the log's buffers until they are written. There
    // is room for all partitions' generations that are not full yet: nothing would flush those.
    private long RoomBeside(long dirtyBytes)
    {
        const long least = PartitionState.MemtableBytesMin * PartitionState.MemtableShareDivisor;
        long share = 0;
        foreach (Partition partition in _homes) share += Math.Max(least, partition.RecordShareBytes);
        long log = Math.Clamp(share / LogDivisor, LogBytesLeast, LogBytesMost);
        return Math.Min(share - dirtyBytes, log - storage.Log.BufferedBytes);
    }

    // True when slowed writers may go on.
    private bool TurnThrottle(long nowMicroseconds)
    {
        if (!_throttle.IsDue(nowMicroseconds) || _homes.Length == 0) return false;
        double sum = 0;
        double most = 0;
        bool isFlushing = false;
        long dirty = 0;
        foreach (Partition partition in _homes)
        {
            double pressure = partition.Flusher.Pressure;
            sum += pressure;
            most = Math.Max(most, pressure);
            dirty += partition.Memory.DirtyBytes;
            isFlushing |= partition.Memory.Frozen.Count > 0;
        }

        bool goOn = _throttle.SetRoom(RoomBeside(dirty));
        return _throttle.Turn(nowMicroseconds, sum / _homes.Length, most, isFlushing) || goOn;
    }
}
