using Hedge.Storage.Io;

namespace Hedge.Storage.Logs;

/// <summary>
/// The half of a log that talks to the disk. It writes buffers in order, with at most one write and one
/// sync at a time.
/// </summary>
/// <remarks>
/// 1. A buffer is written to its segment. A segment gets its first byte only when the one before it is
///    synced, so that only the last segment that holds a frame can have a torn tail.
/// 2. Under the policy always (or when a sync was asked for) a buffer is written at once, and the same
///    operation syncs it unless earlier bytes are unsynced. Otherwise a buffer is written when it is large
///    or old enough, and a later operation syncs it. One that is not small is written only up to its last
///    whole block.
/// 3. When a sync succeeds, Synced advances to where Written stood when that sync started. A failed write
///    or sync stops everything: after a failed sync nobody knows which pages the kernel has dropped.
/// </remarks>
internal sealed unsafe class LogFlusher : IDisposable
{
    private const int FreeBuffersMax = 3;
    private const int WriteBytesMax = 1 << 30;
    private readonly LogWriter _log;
    private readonly IDiskQueue _queue;
    private readonly LogPositions _positions;
    private readonly LogSettings _settings;
    private readonly ILogListener? _listener;
    private readonly Queue<LogBuffer> _frozen = new();
    private readonly Stack<LogBuffer> _free = new();
    private readonly Stack<LogBuffer> _freeSlots = new();
    private readonly LogBuffer[] _slots;
    private readonly LogStage? _stage;
    private readonly WriteOperation _write;
    private readonly SyncOperation _sync;
    private LogSegment _segment = null!;
    private LogBuffer? _writing;
    private bool _writeInFlight;
    private bool _writeSyncs;
    private bool _syncInFlight;
    private bool _syncEnded;
    private bool _recoverable;
    private long _end;
    private long _durableEnd;
    private long _syncTarget;
    private long _syncEnd;
    private long _requested;
    private long _firstUnwritten = -1;
    private long _lastSync;

    public LogFlusher(
        LogWriter log, IDiskQueue queue, LogPositions positions, LogSettings settings, LogStage? stage,
        ILogListener? listener)
    {
        _stage = stage;
        _slots = new LogBuffer[stage?.Slots ?? 0];
        for (int i = _slots.Length - 1; i >= 0; i--)
            _freeSlots.Push(_slots[i] = new LogBuffer(stage!, i));
        _log = log;
        _queue = queue;
        _positions = positions;
        _settings = settings;
        _listener = listener;
        _write = new WriteOperation(this);
        _sync = new SyncOperation(this);
    }

    public SyncPolicy Policy { get; set; }

    /// <summary>The end of the last whole frame that is written. Bytes after it may be written
    /// too.</summary>
    public long Written { get; private set; }

    public long Synced { get; private set; }

    public long DiskBytes { get; private set; }

    /// <summary>How long syncs took, to the turn in which they were found to have ended.</summary>
    public SyncTimes SyncTimes { get; } = new();

    public int FailedErrno { get; private set; }

    /// <summary>The file written last.</summary>
    public string Path => _segment.File.Path;

    /// <summary>The time at which a turn has something to do although no operation has completed.</summary>
    public long NextTurn
    {
        get
        {
            if (_writing is not null && !_writeInFlight) return 0;
            long write = _writing is null && _firstUnwritten >= 0
                ? _firstUnwritten + _settings.WriteDelayMicroseconds : long.MaxValue;
            bool syncs = Policy == SyncPolicy.EverySecond && !_syncInFlight && Written > Synced;
            return Math.Min(write, syncs ? _lastSync + _settings.SyncIntervalMicroseconds : long.MaxValue);
        }
    }

    public long MemoryBytes =>
        _free.Concat(_frozen).Sum(buffer => buffer.Capacity) + (_writing?.Capacity ?? 0)
        + _slots.Sum(buffer => buffer.TouchedBytes);

    /// <summary>The end of the last closed buffer that was not in a slot. Until it is written, a kill of
    /// the process may lose what came after.</summary>
    public long SpillEnd { get; private set; }

    /// <summary>The end of all bytes written, whole frames or not.</summary>
    public long End => _end;

    private bool IsUrgent => Policy == SyncPolicy.Always || _requested > Synced;

    /// <summary>The segment being written.</summary>
    public LogSegment Segment => _segment;

    public void Open(LogSegment segment) => _segment = segment;

    /// <summary>True when a write or sync of the segment may be under way.</summary>
    public bool Uses(LogSegment segment) => segment == _segment && (_writeInFlight || _syncInFlight);

    /// <summary>An unused buffer for new frames; in a slot when one is free.</summary>
    public LogBuffer Rent() =>
        _freeSlots.TryPop(out LogBuffer? slot) ? slot
        : _free.TryPop(out LogBuffer? buffer) ? buffer : new LogBuffer(_stage);

    /// <summary>Takes note of a buffer that gets no more records.</summary>
    public void NoteFull(LogBuffer buffer)
    {
        if (!buffer.IsStaged && buffer.Length > 0) SpillEnd = buffer.EndPosition;
    }

    /// <summary>Takes a buffer that gets no more records and writes it in its turn.</summary>
    public void Freeze(LogBuffer buffer)
    {
        NoteFull(buffer);
        if (buffer.Length > 0) _frozen.Enqueue(buffer);
        else Recycle(buffer);
    }

    public void RequestSync(long upTo) => _requested = Math.Max(_requested, upTo);

    public void Turn(long now)
    {
        if (_syncEnded) SyncTimes.Record(now - _lastSync);
        _syncEnded = false;
        bool pending = _writing is not null || _frozen.Count > 0 || _log.HasUnwritten;
        if (!pending) _firstUnwritten = -1;
        else if (_firstUnwritten < 0) _firstUnwritten = now;
        if (pending && !_writeInFlight) StartNextWrite(now);
        if (FailedErrno != 0 || _syncInFlight || _writeSyncs || Written <= Synced) return;
        bool due = Policy == SyncPolicy.EverySecond && now - _lastSync >= _settings.SyncIntervalMicroseconds;
        if (due || (IsUrgent && !_writeInFlight)) StartSync(now);
    }

    public void Fail(int errno, bool recoverable = false)
    {
        FailedErrno = errno;
        _recoverable = recoverable;
        _listener?.LogFailed(_log);
    }

    public bool TryRecover()
    {
        if (FailedErrno == 0) return true;
        bool isFull = FailedErrno is Errno.NoSpace or Errno.FileTooLarge;
        if (!isFull || !_recoverable || _writeInFlight || _syncInFlight) return false;
        FailedErrno = 0;
        _recoverable = false;
        _writing!.Written = 0;
        return true;
    }

    public void Recycle(LogBuffer buffer)
    {
        if (buffer.HasSlot)
        {
            buffer.Release();
            _freeSlots.Push(buffer);
        }
        else if (buffer.Capacity > 2 * LogBuffer.FullBytes || _free.Count == FreeBuffersMax) buffer.Dispose();
        else _free.Push(buffer);
    }

    public void Dispose()
    {
        _writing?.Dispose();
        foreach (LogBuffer buffer in _frozen) buffer.Dispose();
        foreach (LogBuffer buffer in _free) buffer.Dispose();
        foreach (LogBuffer buffer in _slots) buffer.Dispose();
        _writing = null;
        _frozen.Clear();
        _free.Clear();
    }

    private void StartNextWrite(long now)
    {
        bool urgent = IsUrgent;
        if (_writing is null)
        {
            bool isAwaited = urgent || !_log.IsHandedOver;
            bool due = isAwaited || _frozen.Count > 0 || _log.BufferedBytes >= _settings.WriteBytes
                || now - _firstUnwritten >= _settings.WriteDelayMicroseconds;
            // A separate sync is under way. The group commit waits for it, and grows meanwhile.
            if (!due || (urgent && _syncInFlight)) return;
            LogSegment next = _frozen.TryPeek(out LogBuffer? head) ? head.Segment : _log.CurrentSegment;
            if (next != _segment)
            {
                if (Synced < _segment.EndPosition)
                {
                    if (!_syncInFlight) StartSync(now);
                    return;
                }

                _segment = next;
            }

            _writing = head is null ? _log.TakeBuffer(whole: isAwaited) : _frozen.Dequeue();
            if (_writing is null) return;
        }

        if (_syncInFlight && urgent) return;
        // Write and sync are one operation only when nothing else is unsynced: then a failure concerns only
        // bytes that are still buffered here.
        bool syncs = urgent && _end == _durableEnd;
        if (syncs) _lastSync = now;
        _firstUnwritten = _log.HasUnwritten ? now : -1;
        WriteRest(syncs);
    }

    private void WriteRest(bool syncs)
    {
        LogBuffer buffer = _writing!;
        if (buffer.Written == 0) buffer.Pad();
        long left = buffer.BlocksLength - buffer.Written;
        int length = (int)Math.Min(left, WriteBytesMax);
        _writeInFlight = true;
        _writeSyncs = syncs;
        // SAFETY: a buffer being written gets no appends and is recycled only after its completion.
        byte* from = buffer.Blocks + buffer.Written;
        long offset = buffer.BlocksOffset + buffer.Written;
        if (syncs && length == left) _queue.WriteThenSync(_segment.File, offset, from, length, _write);
        else _queue.Write(_segment.File, offset, from, length, _write);
    }

    private void StartSync(long now)
    {
        _syncInFlight = true;
        _syncTarget = Written;
        _syncEnd = _end;
        _lastSync = now;
        _queue.Sync(_segment.File, _sync);
    }

    private void Wrote(int result)
    {
        _writeInFlight = false;
        LogBuffer buffer = _writing!;
        bool syncs = _writeSyncs;
        if (FailedErrno != 0)
        {
            // A sync failed meanwhile, so the result of this write no longer counts.
            _writeSyncs = false;
            return;
        }

        if (result is -Errno.Interrupted or -Errno.Again)
        {
            WriteRest(syncs);
            return;
        }

        if (result <= 0)
        {
            _writeSyncs = false;
            // Everything that this may have lost is still in the buffer. It is written again when there is
            // space.
            Fail(result == 0 ? Errno.IoError : -result, recoverable: true);
            return;
        }

        DiskBytes += result;
        long left = buffer.BlocksLength - buffer.Written;
        if (result < left)
        {
            ContinueShort(buffer, result, syncs);
            return;
        }

        buffer.Written += result;

        _writeSyncs = false;
        Written = buffer.WholeEnd;
        _end = buffer.EndPosition;
        if (syncs)
        {
            Synced = Written;
            _durableEnd = _end;
            _syncEnded = true;
        }

        _writing = null;
        Recycle(buffer);
        if (_log.IsStaged && _log.IsHandedOver) _stage?.EndSpill();
        Advanced();
    }

    // Goes on at the last whole block. A write of less than one block means that the disk is full.
    private void ContinueShort(LogBuffer buffer, int result, bool syncs)
    {
        int blocks = result & -AlignedBuffer.Alignment;
        buffer.Written += blocks;
        if (blocks > 0)
        {
            WriteRest(syncs);
            return;
        }

        _writeSyncs = false;
        Fail(Errno.NoSpace, recoverable: true);
    }

    private void SyncDone(int result)
    {
        _syncInFlight = false;
        if (FailedErrno != 0)
        {
            // A write failed meanwhile because the disk is full. A failed sync makes that final.
            if (result < 0) _recoverable = false;
            return;
        }

        if (result < 0)
        {
            Fail(-result);
            return;
        }

        _syncEnded = true;
        Synced = Math.Max(Synced, _syncTarget);
        _durableEnd = Math.Max(_durableEnd, _syncEnd);
        Advanced();
    }

    private void Advanced()
    {
        _positions.Publish(_log.Core, Written, Synced);
        _listener?.LogAdvanced(_log);
    }

    private sealed class WriteOperation(LogFlusher flusher) : DiskOperation
    {
        public override void Complete(int result) => flusher.Wrote(result);
    }

    private sealed class SyncOperation(LogFlusher flusher) : DiskOperation
    {
        public override void Complete(int result) => flusher.SyncDone(result);
    }
}
