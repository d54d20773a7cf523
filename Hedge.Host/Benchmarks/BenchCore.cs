using System.Diagnostics;
using Hedge.Storage.Cores;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Benchmarks;

/// <summary>
/// A core without connections: turns that make operations, run them, and do the storage's part as the
/// server's turns do (<see cref="StorageTurns"/>).
/// </summary>
/// <remarks>
/// 1. Operations are made 32 at a time: keys are hashed and their table slots prefetched, then their records
///    or where they are on disk, then they are run one after the other, as the server does with what it has
///    received.
/// 2. One that must wait (for blocks, for a flush that writers have run ahead of, with appendfsync always for
///    its sync) takes one of the core's places. While all are taken nothing is begun.
/// 3. Latency is from the beginning of an operation's own run to its end with all waits. Those that waited
///    are all recorded, from the beginning of their batch; of the others every eighth batch, each standing
///    for eight.
/// </remarks>
internal sealed class BenchCore : IStorageCallbacks
{
    /// <summary>Operations that are made at once.</summary>
    public const int BatchMax = 32;

    private const int TimedEvery = 8;
    private const long CloseWaitMicroseconds = 1000;

    private readonly BenchShared _shared;
    private readonly int _index;
    private readonly ICoreIo _io;
    private readonly CoreStorage _storage;
    private readonly IClock _clock;
    private readonly IReadOnlyList<Partition> _partitions;
    private readonly IReadOnlyList<Partition> _homes;
    private readonly StorageTurns _turns;
    private readonly OperationRunner _runner;
    private readonly IgnoringHandler _handler = new();
    private readonly Stack<BenchOperation> _pool = new();
    private readonly BenchOperation[] _batch = new BenchOperation[BatchMax];
    private readonly Queue<BenchOperation> _ready = new();
    private readonly Queue<BenchOperation> _unsynced = new();
    private readonly List<BenchOperation> _stalled = [];
    private BenchPhase? _phase;
    private CoreFigures _figures = new();
    private OperationSource? _source;
    private long _left;
    private int _batchCount;
    private int _batchNext;
    private int _waiting;
    private long _completed;
    private long _batches;
    private long _lastCompletion;
    private long _turnStarted;
    private long _nextTick;
    private bool _isBlocked;
    private bool _isExhausted;

    public BenchCore(BenchShared shared, int index, ICoreIo io, CoreStorage storage, IClock clock,
        JobWorker worker)
    {
        _shared = shared;
        _index = index;
        _io = io;
        _storage = storage;
        _clock = clock;
        _partitions = shared.Engine.Partitions;
        _homes = [.. _partitions.Where(p => p.Index % shared.Options.Engine.Cores == index)];
        _turns = new StorageTurns(storage, worker, _homes, this);
        _runner = new OperationRunner(shared, storage, _homes);
        for (int i = 0; i < BatchMax + shared.Options.Depth; i++)
            _pool.Push(new BenchOperation(this, shared.Keys.NewKey()));
    }

    /// <summary>The thread's body: turns until the run ends, then the log is made durable.</summary>
    public void Run()
    {
        while (!_shared.IsStopping)
        {
            if (Turn()) _io.Submit();
            else _io.Wait(SleepMicroseconds());
        }

        Close();
    }

    /// <summary>What an operation waited for has been read: it is run again at once.</summary>
    public void Resume(BenchOperation operation)
    {
        if (operation.FailedErrno == 0)
        {
            Rerun(operation);
            return;
        }

        _shared.Fail($"a block could not be read: {Errno.Describe(operation.FailedErrno)}");
        Finish(operation);
    }

    bool IStorageCallbacks.IsHome(int partition) => true;

    void IStorageCallbacks.Ticked(int partition)
    {
    }

    void IStorageCallbacks.PressureChanged()
    {
        int kept = 0;
        for (int i = 0; i < _stalled.Count; i++)
        {
            BenchOperation operation = _stalled[i];
            if (IsPressed(operation)) _stalled[kept++] = operation;
            else Rerun(operation);
        }

        _stalled.RemoveRange(kept, _stalled.Count - kept);
    }

    void IStorageCallbacks.LogChanged(bool hasFailed)
    {
        if (hasFailed) _shared.Fail($"the log has failed: {Errno.Describe(_storage.Log.FailedErrno)}");
    }

    /// <summary>One turn. True when there is more to do at once.</summary>
    private bool Turn()
    {
        long now = Stopwatch.GetTimestamp();
        if (_isBlocked) _figures.StallTicks += now - _turnStarted;
        _turnStarted = now;
        _storage.NowMilliseconds = _clock.UnixMilliseconds;
        long microseconds = _clock.MonotonicMicroseconds;
        long before = _completed;
        _io.Poll(_handler);
        for (int i = _ready.Count; i > 0; i--) Rerun(_ready.Dequeue());
        while (_unsynced.TryPeek(out BenchOperation? first) && first.LogEnd <= _storage.Log.Synced)
            Finish(_unsynced.Dequeue());
        if (!ReferenceEquals(_phase, _shared.Phase)) Begin(_shared.Phase);
        if (_source != null) RunBatch();
        _turns.ExchangeJobs(microseconds);
        if (microseconds >= _nextTick) Tick(microseconds);
        _turns.TurnLog(_shared.Policy, microseconds);
        _isBlocked = _stalled.Count > 0 && _waiting == _shared.Options.Depth;
        if (_completed != before) NoteCompletions();
        if (_isExhausted && _waiting == 0) EndPhase();
        bool more = _source != null && !_isExhausted && _waiting < _shared.Options.Depth;
        return more || _ready.Count > 0;
    }

    private void Begin(BenchPhase? phase)
    {
        _phase = phase;
        if (phase is null) return;
        _figures = _runner.Figures = phase.Figures[_index];
        _figures.Before = EngineFigures.Of(_storage, _homes);
        _source = phase.Sources?[_index];
        _isExhausted = false;
        _left = phase.OperationsPerCore;
        _completed = 0;
        _lastCompletion = _figures.Began = _turnStarted;
        if (_source is null) phase.CoreDone();
    }

    private void EndPhase()
    {
        _source = null;
        _isExhausted = false;
        if (_storage.HeldBlocks != 0)
            _shared.Fail($"{_storage.HeldBlocks} blocks stay in the cache for operations that are done");
        _figures.Ended = Stopwatch.GetTimestamp();
        _figures.After = EngineFigures.Of(_storage, _homes);
        _figures.Latest = _figures.After;
        _phase!.CoreDone();
    }

    private void Tick(long microseconds)
    {
        _nextTick = microseconds + StorageTurns.TickMicroseconds;
        _turns.Tick(microseconds);
        _figures.Latest = EngineFigures.Of(_storage, _homes);
    }

    private void NoteCompletions()
    {
        long now = Stopwatch.GetTimestamp();
        _figures.GapTicks = Math.Max(_figures.GapTicks, now - _lastCompletion);
        _lastCompletion = now;
        _figures.Operations = _completed;
    }

    /// <summary>Runs what is left of the batch, or makes and runs one, as far as there are places.</summary>
    private void RunBatch()
    {
        if (_batchNext == _batchCount) MakeBatch();
        bool isTimed = ++_batches % TimedEvery == 0;
        long last = Stopwatch.GetTimestamp();
        while (_batchNext < _batchCount && _waiting < _shared.Options.Depth)
        {
            BenchOperation operation = _batch[_batchNext++];
            operation.Started = last;
            if (!Start(operation) || !isTimed) continue;
            long now = Stopwatch.GetTimestamp();
            LatencyOf(operation).Record(CoreFigures.Nanoseconds(now - last), TimedEvery);
            last = now;
        }
    }

    /// <summary>Makes a batch; an empty one when the phase has no more operations.</summary>
    private void MakeBatch()
    {
        _batchCount = _batchNext = 0;
        while (_batchCount < BatchMax && _left > 0 && !_phase!.IsEnding)
        {
            BenchOperation operation = _pool.Pop();
            if (!_source!.TryNext(operation, _left))
            {
                _pool.Push(operation);
                _left = 0;
                break;
            }

            _left -= operation.Writes;
            operation.HasWaited = false;
            Partition partition = _partitions[operation.Partition];
            operation.Hash = partition.Hash(0, operation.Key);
            partition.Prefetch(operation.Hash);
            _batch[_batchCount++] = operation;
        }

        foreach (BenchOperation operation in _batch.AsSpan(0, _batchCount))
        {
            operation.IsElsewhere = _partitions[operation.Partition]
                .PrefetchRecord(operation.Hash, operation.LooksUp);
        }

        foreach (BenchOperation operation in _batch.AsSpan(0, _batchCount))
        {
            if (!operation.IsElsewhere) continue;
            Partition partition = _partitions[operation.Partition];
            partition.PrefetchPlace(_storage, 0, operation.Key, operation.Hash);
        }

        _isExhausted = _batchCount == 0;
    }

    /// <summary>Runs an operation for the first time. True when it is done without having waited.</summary>
    private bool Start(BenchOperation operation)
    {
        if (operation.IsWrite && IsPressed(operation))
        {
            TakePlace(operation);
            _figures.Stalled++;
            _stalled.Add(operation);
            return false;
        }

        RunOutcome outcome = _runner.Run(operation);
        if (outcome == RunOutcome.Done && !MustBeSynced(operation))
        {
            _completed += operation.Writes;
            _pool.Push(operation);
            return true;
        }

        TakePlace(operation);
        Continue(operation, outcome);
        return false;
    }

    private bool IsPressed(BenchOperation operation)
    {
        if (_partitions[operation.Partition].WritePressure >= 1) return true;
        foreach ((_, int partition) in operation.More)
            if (_partitions[partition].WritePressure >= 1) return true;
        return false;
    }

    private void Rerun(BenchOperation operation) => Continue(operation, _runner.Run(operation));

    private void Continue(BenchOperation operation, RunOutcome outcome)
    {
        if (outcome == RunOutcome.NotResident)
        {
            if (!_storage.FetchMisses(operation)) _ready.Enqueue(operation);
        }
        else if (outcome == RunOutcome.Later) _ready.Enqueue(operation);
        else if (MustBeSynced(operation))
        {
            operation.LogEnd = _runner.LogEnd;
            _unsynced.Enqueue(operation);
        }
        else Finish(operation);
    }

    private bool MustBeSynced(BenchOperation operation) =>
        _shared.Policy == SyncPolicy.Always && operation.IsWrite && _shared.Failure is null;

    private void TakePlace(BenchOperation operation)
    {
        operation.HasWaited = true;
        _waiting++;
        _figures.Waited++;
    }

    /// <summary>An operation that has waited is done.</summary>
    private void Finish(BenchOperation operation)
    {
        operation.ReleaseBlocks();
        _waiting--;
        _completed += operation.Writes;
        long ticks = Stopwatch.GetTimestamp() - operation.Started;
        LatencyOf(operation).Record(CoreFigures.Nanoseconds(ticks), 1);
        _pool.Push(operation);
    }

    private LatencyRecorder LatencyOf(BenchOperation operation) =>
        operation.IsWrite ? _figures.WriteLatency : _figures.ReadLatency;

    private long SleepMicroseconds()
    {
        long now = _clock.MonotonicMicroseconds;
        return Math.Max(0, Math.Min(_nextTick, _turns.NextMicroseconds) - now);
    }

    /// <summary>Makes everything appended durable and lets the kernel finish with the core's
    /// memory.</summary>
    private void Close()
    {
        _storage.Log.BeginClose();
        while ((!_storage.Log.IsClosed && !_storage.Log.HasFailed) || _io.Disk.InFlight > 0)
        {
            _storage.EndTurn(_clock.MonotonicMicroseconds);
            _io.Wait(CloseWaitMicroseconds);
            _io.Poll(_handler);
        }

        _io.Submit();
    }
}
