using Hedge.Storage.Caches;
using Hedge.Storage.Compactions;
using Hedge.Storage.Damages;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Readers;
using Hedge.Storage.Values;

namespace Hedge.Storage.Cores;

/// <summary>What one core brings to the partitions it holds: its time, its log, its block cache, and what the
/// running command has found missing. Used on that core only.</summary>
public sealed class CoreStorage : IDisposable
{
    private const long CalmFlushMilliseconds = 60_000;

    private readonly EngineShared _shared;
    private readonly Queue<BackgroundJob> _jobs = new();
    private readonly Queue<int> _wantTick = new();
    private readonly List<IDisposable> _scans = [];
    private readonly ulong[] _flushed;
    private readonly long _logBytesMax;
    private int _syncSeen;
    private long _dropSeen;
    private int _cacheVoids;
    private bool _logFailed;
    private long _diskCounted;
    private long _cacheBytes;
    private long _calmFlushAt;
    private long _looksAt;
    private bool _leavesSegment;

    internal CoreStorage(EngineShared shared, int core, IDiskQueue queue, LogWriter log, LogSegmentPool pool,
        EngineOptions options)
    {
        _shared = shared;
        Core = core;
        Log = log;
        LogPool = pool;
        Blocks = new CoreBlocks(new BlockCache(queue, shared.Caches.BlockBytes, shared.Damages));
        shared.Caches.Register(core, Blocks.Cache.Ghosts);
        Transactions = new CoreTransactions(this, shared.Partitions);
        Changes = new ChangeLog(log, Transactions);
        _logBytesMax = options.LogBytes;
        _cacheBytes = shared.Caches.BlockBytes;
        _flushed = new ulong[shared.Partitions];
        Random = new CoreRandom(core);
        Touched = new TouchedPartitions(Counters);
    }

    /// <summary>The core's number.</summary>
    public int Core { get; }

    /// <summary>Why replies wait for writes into the file; null when they need not.</summary>
    public string? StageProblem { get; init; }

    /// <summary>The core's log.</summary>
    public LogWriter Log { get; }

    /// <summary>Prepares log segments, in steps on the core's background thread.</summary>
    public LogSegmentPool LogPool { get; }

    /// <summary>The time commands see, Unix milliseconds; the host sets it before every batch.</summary>
    public long NowMilliseconds
    {
        get;
        set
        {
            field = value;
            NowSeconds = (uint)(value / 1000);
        }
    }

    /// <summary>When the last turn ended, by a clock that nobody sets.</summary>
    internal long SteadyMilliseconds { get; set; }

    internal static long SteadyOf(long monotonicMicroseconds) =>
        (1L << 40) + (monotonicMicroseconds / 1000);

    /// <summary>Transactions that may pause.</summary>
    public CoreTransactions Transactions { get; }

    /// <summary>Partitions with changed keys that clients wait for; the host takes them out.</summary>
    public IList<PartitionState> Ready => Touched.Ready;

    /// <summary>What the core's storage has done.</summary>
    public StorageCounters Counters { get; } = new();

    /// <summary>Hears of expired keys; null for nobody.</summary>
    public IExpirySink? ExpirySink { get; set; }

    /// <summary>Tells clients of changes of keys that they have read; null for nobody.</summary>
    public IReaderSink? ReaderSink { get; set; }

    /// <summary>How the use of keys is counted, and how fast expired ones go.</summary>
    public KeyUpkeep Upkeep { get; } = new();

    /// <summary>False while the log or the data directory has failed: writes are refused (MISCONF).</summary>
    public bool CanWrite => !Log.HasFailed && _shared.Failures.Directory is null;

    /// <summary>Why the data directory cannot be reached; null when it can.</summary>
    public IOException? DirectoryFailure => _shared.Failures.Directory;

    /// <summary>What has been found damaged, in all partitions. Any thread.</summary>
    public DamageRegister Damages => _shared.Damages;

    /// <summary>Why some partition cannot be flushed or merged; null when all can.</summary>
    public IOException? PartitionFailure => _shared.Failures.Present;

    /// <summary>Number of partitions that cannot be flushed or merged at present. Any thread.</summary>
    public int FailedPartitions => _shared.Failures.PresentCount;

    /// <summary>How the runs of all partitions are merged.</summary>
    public CompactionPolicy CompactionPolicy
    {
        get => _shared.Policy;
        set => _shared.Policy = value;
    }

    /// <summary>How runs are compressed: those of merges with a partition's oldest run, and others.</summary>
    public (BlockCompression Oldest, BlockCompression Upper) Compression
    {
        get => (_shared.Compression, _shared.CompressionUpper);
        set => (_shared.Compression, _shared.CompressionUpper) = value;
    }

    /// <summary>Values from this length on are in the log only; 0 for none. All cores' is the same.</summary>
    public int ValueLogThreshold
    {
        get => _shared.Values.Threshold;
        set => _shared.Values.Threshold = value;
    }

    /// <summary>What there is of value files, of all cores.</summary>
    public ValueLogFigures ValueLog => _shared.Values.Figures();

    /// <summary>Bytes written to the log's files, with padding and the zeros of new segments.</summary>
    public long LogBytesWritten => Log.DiskBytes + LogPool.ZeroedBytes;

    /// <summary>True when the running command needs blocks that are not in memory.</summary>
    public bool HasMisses => Blocks.Misses > 0;

    /// <summary>True when there are as many as should be read at a time.</summary>
    public bool HasEnoughMisses => Blocks.HasEnough;

    /// <summary>How many there are.</summary>
    public int Misses => Blocks.Misses;

    /// <inheritdoc cref="ChangeLog.IsTrial"/>
    public bool IsTrial { set => Changes.IsTrial = value; }

    /// <summary>Set while the running command reads blocks that only its next run needs.</summary>
    public bool MissesPass { set => Blocks.IsPassing = value; }

    /// <summary>Bytes of native memory in the core's block cache and log buffers.</summary>
    public long MemoryBytes => Blocks.Cache.HeldBytes + Log.MemoryBytes + Transactions.MemoryBytes;

    /// <summary>How many blocks of the cache are kept for commands that will run again.</summary>
    public int HeldBlocks => Blocks.Cache.Pins;

    /// <summary>Commands whose reads have to wait until the cache has room for them.</summary>
    public int WaitingReads => Blocks.Admission.Waiting;

    /// <summary>Bytes of native memory in the block cache.</summary>
    public long BlockCacheBytes => Blocks.Cache.HeldBytes;

    /// <summary>Bytes of the log's segments that hold records not released yet.</summary>
    public long LogBytes => Log.HeldBytes;

    /// <summary>True when little is logged, and the log keeps no more space than it needs.</summary>
    public bool IsLogAtRest { get; private set; }

    /// <summary>Blocks read from disk for commands, scans and expiry; and their bytes.</summary>
    public long DiskReads => Blocks.Cache.Loads;

    /// <inheritdoc cref="DiskReads"/>
    public long DiskReadBytes => Blocks.Cache.LoadedBytes;

    /// <summary>Log segments that hold records not released yet.</summary>
    public int LogSegments => Log.Segments;

    /// <summary>How look-ups on disk went.</summary>
    public BlockFigures BlockFigures => Blocks.Figures;

    /// <summary>What writers may log, bytes a second; 0 when nobody is slowed. Any thread.</summary>
    public long WriteBytesPerSecond => Throttle.BytesPerSecond;

    /// <summary>Run files of the engine, of all cores, that are to be deleted.</summary>
    public int GarbageFiles => _shared.GarbageFiles;

    internal WriteThrottle Throttle => _shared.ThrottleOf(Core);

    /// <summary>The limit for the data directory, of all cores.</summary>
    public DiskLimit DiskLimit => _shared.DiskLimit;

    internal uint NowSeconds { get; private set; }

    /// <summary>When a partition was last found to have more to count than its latest writes.</summary>
    internal long CountsWalkedAt { get; set; }

    internal ChangeLog Changes { get; }

    internal TouchedPartitions Touched { get; }

    internal CoreRandom Random { get; }

    internal CoreBlocks Blocks { get; }

    internal Memory<byte> KeyScratch { get; } = new byte[InternalKey.BytesMax];

    /// <summary>The changes on this core so far, without expired keys that look-ups have removed.</summary>
    public long ChangesBegun => Changes.Begun;

    /// <summary>
    /// Ends a command or a whole transaction: its changes become one log record, and memory beyond the
    /// budget is given back. Returns where the log ends now. Under <see cref="SyncPolicy.Always"/> the
    /// command's effects may be shown once <see cref="LogWriter.Synced"/> has reached that position.
    /// </summary>
    public LogPosition EndCommand()
    {
        LogPosition end = Changes.Commit();
        if (end == LogPosition.Refused) _shared.Refused();
        EndPart();
        return end;
    }

    /// <summary>Asks for a sync of all that is logged.</summary>
    public SyncWait RequestSync() => new(_shared);

    /// <inheritdoc cref="ChangeLog.Expect"/>
    public void ExpectWrites(long bytes) => Changes.Expect(bytes);

    /// <summary>All databases are empty: gives the memory of all cores' block caches back.</summary>
    public void ForgetBlocks() => _shared.VoidCaches();

    /// <summary>Ends a turn, after commands and ticks: the log's work, and blocks given out may go.</summary>
    /// <param name="monotonicMicroseconds">The monotonic time.</param>
    public void EndTurn(long monotonicMicroseconds)
    {
        if (_shared.SyncWanted != _syncSeen)
        {
            _syncSeen = _shared.SyncWanted;
            if (!Log.HasFailed) Log.RequestSync();
        }

        SteadyMilliseconds = SteadyOf(monotonicMicroseconds);
        if (LogPool.Archive is { } archive) archive.NowMilliseconds = NowMilliseconds;
        Log.Turn(monotonicMicroseconds);
        NoteLog();
        Blocks.Cache.EndTurn();
    }

    /// <summary>What is due about every 100 ms: log segments, disk use, memory of the cache.</summary>
    public void Tick()
    {
        if (_shared.Drops.Latest != _dropSeen || _shared.CacheVoids != _cacheVoids)
        {
            _dropSeen = _shared.Drops.Latest;
            _cacheVoids = _shared.CacheVoids;
            Blocks.Cache.Clear();
        }

        LogPool.Archive?.Retry(SteadyMilliseconds);
        _shared.CopyFlushed(_flushed);
        IsLogAtRest = Log.Rest(_flushed, SteadyMilliseconds);
        if (_leavesSegment && Log.TryLeaveSegment()) _leavesSegment = false;
        CountDisk();
        if (_cacheBytes != _shared.Caches.BlockBytes)
        {
            if (_shared.Caches.BlockBytes > _cacheBytes) Blocks.Cache.Reserve(_shared.Caches.BlockBytesMost);
            _cacheBytes = _shared.Caches.BlockBytes;
            Blocks.Cache.BytesMax = _cacheBytes;
        }

        Blocks.Cache.Trim();
        _shared.Caches.Tell(Core, Blocks.Cache.HeldBytes);
    }

    /// <summary>Gives back obsolete segments; asks for a flush when the log is too long, or calm.</summary>
    private void ShortenLog()
    {
        if (Log.Segments > 1)
        {
            _shared.CopyFlushed(_flushed);
            Log.ReleaseObsolete(_flushed);
        }

        long most = Math.Min(_logBytesMax, _shared.DiskLimit.LogBytesMax);
        bool isCalm = Log.HeldBytes > Log.CalmBytesMax && SteadyMilliseconds >= _calmFlushAt;
        if (isCalm) _calmFlushAt = SteadyMilliseconds + CalmFlushMilliseconds;
        bool isTooLong = Log.Segments > 2 && Log.HeldBytes > most;
        if ((isTooLong || isCalm) && _shared.Checkpoints.IsDone(_shared.Checkpoints.Latest))
            _shared.Checkpoints.Ask();
    }

    /// <summary>True when enough has been logged to count again for the disk limit.</summary>
    internal bool IsDiskCountDue => Log.Appended.Value - _diskCounted >= _shared.DiskLimit.StepBytes;

    /// <summary>Counts what everything takes on disk, and asks for a flush when that frees space.</summary>
    internal void CountDisk()
    {
        _diskCounted = Log.Appended.Value;
        DiskLimit limit = _shared.DiskLimit;
        LogPool.SegmentBytesMax = limit.SegmentBytes;
        ShortenLog();
        limit.TellLog(Core, Log.HeldBytes + LogPool.IdleBytes, Log.StageBytes);
        _shared.Values.FileBytesMax = limit.ValueFileBytes;
        _shared.Values.IsSuspended = limit.LimitBytes > 0;
        if (limit.IsTight) _shared.Values.CondemnEmptiest(limit.MoveBytesMax);
        ValueLogFigures values = _shared.Values.Figures();
        bool wantsFlush = limit.Count(SteadyMilliseconds, new DiskFigures
        {
            Values = values.Bytes,
            LiveValues = values.LiveBytes,
            Moved = values.CondemnedDeadBytes,
            Garbage = _shared.GarbageBytes,
            Held = _shared.HeldBytes,
        });
        // A partition that finds no space does not keep those from a flush whose removals give some back.
        PartitionRequest checkpoints = _shared.Checkpoints;
        if (wantsFlush && (checkpoints.IsDone(checkpoints.Latest) || _shared.Failures.AnyFull))
            checkpoints.Ask();
    }

    /// <summary>The next job for the core's background thread.</summary>
    public bool TryTakeJob([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BackgroundJob? job) =>
        _jobs.TryDequeue(out job);

    /// <summary>Starts to read the blocks that the command has missed, as soon as the block cache has room,
    /// and forgets the misses. True: the waiter is told once, when all are in memory. False: they are in
    /// memory already, and the command is to be run again.</summary>
    /// <param name="waiter">Who is told; the host pools these.</param>
    public bool FetchMisses(MissWaiter waiter)
    {
        ArgumentNullException.ThrowIfNull(waiter);
        EndScans();
        return waiter.Fetch(Blocks);
    }

    /// <summary>Forgets the misses of a command that is not run again.</summary>
    /// <param name="keep">How many of them, the first ones, are kept.</param>
    public void ForgetMisses(int keep = 0) => Blocks.Forget(keep);

    /// <summary>The core stops: nothing more is read; waiters not let in are never told.</summary>
    public void StopReads() => Blocks.Admission.Stop();

    /// <summary>Frees the core's memory and closes its log. Nothing may be under way.</summary>
    public void Dispose() => Free(Blocks.Cache.Dispose);

    /// <summary>As <see cref="Dispose"/>, after a simulated power failure.</summary>
    internal void Abandon() => Free(Blocks.Cache.Abandon);

    private void Free(Action freeCache)
    {
        Transactions.Dispose();
        EndScans();
        freeCache();
        Blocks.Forget();
        Blocks.Admission.Stop();
        while (_jobs.TryDequeue(out BackgroundJob? job)) job.Cancel();
        Log.Dispose();
        LogPool.Close();
    }

    /// <summary>Disposes a scan, which holds its runs, at the command's end.</summary>
    internal T EndWithCommand<T>(T scan)
        where T : IDisposable
    {
        _scans.Add(scan);
        return scan;
    }

    /// <summary>Takes the number of a partition that the owner ticks in this turn, if it holds it.</summary>
    public bool TryTakeWaiting(out int partition) => _wantTick.TryDequeue(out partition);

    /// <summary>Starts a look at the disk when it is time.</summary>
    internal void Look(PartitionState partition)
    {
        if (SteadyMilliseconds < _looksAt || _shared.Watch is null) return;
        _looksAt = long.MaxValue;
        Enqueue(new DiskWatchJob(partition));
    }

    /// <summary>The disk has been looked at.</summary>
    internal void Looked() => _looksAt = SteadyMilliseconds + DiskWatch.EveryMilliseconds;

    /// <summary>The current log segment's file is gone: the log goes on in the next one.</summary>
    internal void LeaveSegment() => _leavesSegment = true;

    /// <summary>Asks the host to tick a partition before its time.</summary>
    internal void WantTick(PartitionState partition) => _wantTick.Enqueue(partition.Index);

    internal void Enqueue(BackgroundJob job) => _jobs.Enqueue(job);

    /// <summary>Ends a command, or a part of a transaction.</summary>
    internal void EndPart()
    {
        EndScans();
        Touched.GiveBack();
    }

    private void NoteLog()
    {
        if (Log.HasFailed == _logFailed) return;
        _logFailed = Log.HasFailed;
        _shared.Failures.SetLog(Core, Log.Failure);
    }

    private void EndScans()
    {
        if (_scans.Count == 0) return;
        foreach (IDisposable scan in _scans) scan.Dispose();
        _scans.Clear();
    }
}
