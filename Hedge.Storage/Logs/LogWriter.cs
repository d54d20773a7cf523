using System.Runtime.CompilerServices;
using Hedge.Storage.Io;

namespace Hedge.Storage.Logs;

/// <summary>
/// One core's write-ahead log, used on that core only. A record is one atomic batch: <see cref="Begin"/>, its
/// operations into <see cref="Record"/> in the order they were done, then <see cref="Commit"/> or
/// <see cref="Abort"/>; these calls do not allocate, block or call the kernel. <see cref="Turn"/>, once per
/// turn of the core, starts writes and syncs as the policy demands.
/// </summary>
/// <remarks>
/// The parts: <see cref="LogRecordBuilder"/> encodes a record, this class decides where it stands (frame,
/// buffer, segment) and what the end of the log is, <see cref="LogFlusher"/> brings the bytes to the disk,
/// <see cref="LogSegmentPool"/> has the files.
/// </remarks>
public sealed class LogWriter : IDisposable
{
    /// <summary>A longer record fails the log at its commit.</summary>
    public const long RecordBytesMax = LogFormat.RecordBytesMax;

    private const int ValueShareDivisor = 4;
    private const long LongCalmMilliseconds = 30_000;
    private readonly LogSegmentPool _pool;
    private readonly LogSettings _settings;
    private readonly LogPositions _positions;
    private readonly LogFlusher _flusher;
    private readonly LogStage? _stage;
    private readonly long _slotBytes;
    private readonly SealedSegments _sealed;
    private readonly LogPace _pace = new();
    private readonly LedgerNotes _notes;
    private LogSegment _segment;
    private long _appended;
    private long _marked;
    private long _lastRecordEnd;
    private long _foreseen;
    private long _unforeseen;
    private long _frameEnd;
    private long _idleSince = -1;
    private Closing _closing;

    /// <summary>Opens a log on its first segment, which the pool prepares if it is not ready.</summary>
    /// <exception cref="DiskException">The first segment could not be prepared.</exception>
    internal LogWriter(int core, LogSegmentPool pool, IDiskQueue queue, LogPositions positions,
        LogSettings settings, SyncPolicy policy, LogStage? stage, ILogListener? listener)
    {
        Core = core;
        _stage = stage;
        _slotBytes = stage?.SlotBytes ?? settings.SlotBytes(long.MaxValue);
        _pool = pool;
        _sealed = new SealedSegments(pool);
        _settings = settings;
        _positions = positions;
        _flusher = new LogFlusher(this, queue, positions, settings, stage, listener) { Policy = policy };
        pool.Zeroes = policy == SyncPolicy.Always;
        pool.Start();
        _segment = pool.TryTake()!;
        _flusher.Open(_segment);
        positions.SetSegment(core, _segment.Number);
        Record = new LogRecordBuilder(_segment.Highest.Length);
        _notes = new LedgerNotes(pool, _segment.Highest.Length, settings.MarkDelayMicroseconds);
        LogBuffer first = _flusher.Rent();
        first.Begin(_segment);
        Record.FillNext(first);
    }

    private enum Closing
    {
        No,
        Syncing,
        Sealed,
    }

    /// <summary>The log's core.</summary>
    public int Core { get; }

    /// <summary>When the log is synced. May change at any time between records.</summary>
    public SyncPolicy Policy
    {
        get => _flusher.Policy;
        set
        {
            _flusher.Policy = value;
            _pool.Zeroes = value == SyncPolicy.Always;
        }
    }

    /// <summary>The builder of the record that is begun; it takes the operations.</summary>
    public LogRecordBuilder Record { get; }

    /// <summary>The end of the last committed record, whose frame may still be open.</summary>
    public LogPosition Appended => new(_appended);

    /// <summary>The end of what the operating system has.</summary>
    public LogPosition Written => new(_flusher.Written);

    /// <summary>The end of the durable records.</summary>
    public LogPosition Synced => new(_flusher.Synced);

    /// <summary>How long its syncs took. Any thread.</summary>
    public SyncTimes SyncTimes => _flusher.SyncTimes;

    /// <summary>True when all that is committed is in the stage or written: a kill loses nothing.</summary>
    public bool IsHandedOver =>
        _flusher.End >= (Record.Buffer.IsStaged ? _flusher.SpillEnd : _appended);

    /// <summary>True when the next commit will be in the stage.</summary>
    public bool IsStaged => Record.Buffer.IsStaged;

    /// <summary>The end of the bytes that outlive a kill of the process.</summary>
    public LogPosition HandedOver => new(IsHandedOver ? _appended : _flusher.Written);

    /// <summary>Bytes written to the files so far, in whole blocks, each time that a block was.</summary>
    public long DiskBytes => _flusher.DiskBytes;

    /// <summary>Appended bytes not yet written, for back-pressure.</summary>
    public long BufferedBytes => _appended - _flusher.Written;

    /// <summary>True after a failed write or sync: appends are refused, nothing more is synced.</summary>
    public bool HasFailed => _flusher.FailedErrno != 0;

    /// <summary>The errno of the failure, 0 when there was none.</summary>
    public int FailedErrno => _flusher.FailedErrno;

    /// <summary>The failure and its file; null when there was none.</summary>
    public DiskException? Failure =>
        HasFailed ? new DiskException("write", _flusher.Path, _flusher.FailedErrno) : null;

    /// <summary>True when the log was closed with <see cref="BeginClose"/>, everything is durable, and ledger
    /// and archive have it, or the disk refused to write them.</summary>
    public bool IsClosed => _closing == Closing.Sealed && _flusher.Synced == _appended && _notes.IsClosed
        && _pool.Archive is not { HasWork: true };

    /// <summary>Native memory held by buffers, in bytes.</summary>
    public long MemoryBytes => _flusher.MemoryBytes + Record.Buffer.Capacity;

    /// <summary>Segments that hold records that are not released yet, including the current one.</summary>
    public int Segments => _sealed.Count + 1;

    internal long StageBytes => _stage?.Bytes ?? 0;

    /// <summary>Bytes of <see cref="Segments"/>.</summary>
    public long HeldBytes =>
        Math.Max(_segment.Bytes, _segment.OffsetOf(_appended)) + _sealed.HeldBytes;

    /// <summary>Goes on after a log that a recovery has retained, as if this log had filled its segments.
    /// Before the first record.</summary>
    internal void Follow(IEnumerable<LogSegment> segments)
    {
        foreach (LogSegment segment in segments)
        {
            _notes.Rolled(segment);
            _sealed.Add(segment);
        }
    }

    /// <summary>Begins a record.</summary>
    /// <param name="bytes">The record's expected length, as far as it is known, which decides where the
    /// record stands. A record that outgrows its segment makes the segment longer.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(long bytes = 0)
    {
        Invariant.Check(!Record.IsBegun, "a log record is begun once");
        if (Record.FrameStart < 0 || Record.Buffer.Length + bytes > _frameEnd) Place(bytes);
        _foreseen = bytes;
        Record.Begin();
    }

    /// <summary>Ends the record. Returns the position after it, up to which Synced must be, or
    /// <see cref="LogPosition.Refused"/> when the log has failed or is being closed.</summary>
    /// <param name="isOwed">True for changes that were made before the log failed. They are buffered all
    /// the same.</param>
    public LogPosition Commit(bool isOwed = false)
    {
        Invariant.Check(Record.IsBegun, "a log record is committed once");
        bool isRefused = (HasFailed && !isOwed) || _closing != Closing.No;
        if (isRefused || Record.IsEmpty || Record.IsTooLong) return CommitNothing();
        _unforeseen = Math.Max(_unforeseen, Record.Bytes - _foreseen);
        Record.End(_segment.Highest);
        NoteAppended();
        _lastRecordEnd = _appended;
        return new LogPosition(_appended);
    }

    /// <summary>Drops the record begun.</summary>
    public void Abort()
    {
        Invariant.Check(Record.IsBegun, "only a begun log record is aborted");
        Record.Drop();
    }

    /// <summary>Starts what is due: writes, syncs, and the note of what is synced. Call it once per turn,
    /// after the commands.</summary>
    /// <param name="nowMicroseconds">Monotonic time.</param>
    public void Turn(long nowMicroseconds)
    {
        Invariant.Check(!Record.IsBegun, "no log record is open at the end of a turn");
        if (HasFailed) return;
        if (_closing == Closing.Syncing && _flusher.Synced == _appended)
        {
            AppendControl(LogItem.Seal, LogItem.SealClosed);
            _flusher.RequestSync(_appended);
            _closing = Closing.Sealed;
        }

        if (_closing == Closing.No) Mark(nowMicroseconds);
        _flusher.Turn(nowMicroseconds);
        if (_closing == Closing.No) _notes.Turn(nowMicroseconds, _lastRecordEnd, _segment, _flusher);
        else if (_closing == Closing.Sealed && _flusher.Synced == _appended) _notes.Close(_segment, _flusher);
    }

    /// <summary>The monotonic time at which <see cref="Turn"/> has something to do in any case.</summary>
    public long NextTurnMicroseconds =>
        HasFailed ? long.MaxValue
        : Math.Min(Math.Min(_flusher.NextTurn, _notes.NextTurn(_flusher.Synced)),
            _idleSince < 0 ? long.MaxValue : _idleSince + _settings.MarkDelayMicroseconds);

    /// <summary>Asks to sync what is appended soon, whatever the policy. Returns its end.</summary>
    public LogPosition RequestSync()
    {
        _flusher.RequestSync(_appended);
        return new LogPosition(_appended);
    }

    /// <summary>Refuses further records, syncs and seals. Turns go on until <see cref="IsClosed"/>.</summary>
    public void BeginClose()
    {
        if (_closing != Closing.No) return;
        _closing = Closing.Syncing;
        _idleSince = -1;
        _flusher.RequestSync(_appended);
    }

    /// <summary>Goes on after a write failed with ENOSPC: what is not known to be written is still buffered.
    /// False when the failure is final: another errno, or a failed sync of bytes that are not
    /// buffered.</summary>
    public bool TryRecover() => _flusher.TryRecover();

    /// <summary>Gives back the segments whose operations are all flushed, oldest first, up to the first
    /// with one that is not. The manifests that say so must be durable. Returns how many.</summary>
    /// <param name="flushedSequencePerPartition">The highest number whose effect is in runs.</param>
    public int ReleaseObsolete(ReadOnlySpan<ulong> flushedSequencePerPartition) =>
        _sealed.Release(flushedSequencePerPartition, _flusher);

    /// <summary>Bytes of <see cref="HeldBytes"/> from which on everything should be flushed since little is
    /// logged: a segment's, later a short segment's.</summary>
    public long CalmBytesMax => _pace.CalmMilliseconds < LongCalmMilliseconds ? long.MaxValue
        : _pace.RecentBytes > 0 ? _pool.SegmentBytes : _pool.ShortBytes;

    /// <summary>Keeps as much space ready as was used in the last seconds. When little is logged, the log
    /// leaves a long segment of which nothing is needed any more, or which nobody flushes, for a short one,
    /// so that the long one can be released. Call it at the end of a turn, about ten times a
    /// second.</summary>
    /// <returns>True when little is logged and everything is given back that can be.</returns>
    public bool Rest(ReadOnlySpan<ulong> flushedSequencePerPartition, long nowMilliseconds)
    {
        Invariant.Check(!Record.IsBegun, "no log record is open at the end of a turn");
        _pace.Note(_appended, nowMilliseconds, _pool.CalmBytes);
        _pool.SetPace(_pace.RecentBytes);
        if (!_pool.IsCalm || HasFailed || _closing != Closing.No) return false;
        if (!IsLeftWhenCalm(flushedSequencePerPartition)) return !_pool.HasWork;
        if (_pool.TryTakeShort() is { } next) Roll(next, syncs: true);
        return false;
    }

    /// <summary>Frees the buffers and closes the files. No operation may be under way.</summary>
    public void Dispose()
    {
        _flusher.Dispose();
        Record.Buffer.Dispose();
        _stage?.Dispose();
        _segment.File.Dispose();
        _sealed.Dispose();
    }

    /// <summary>Hands the buffer being filled over for writing, and goes on in another.</summary>
    /// <param name="whole">False when the part of a block at its end may stay for the next write.</param>
    internal LogBuffer? TakeBuffer(bool whole)
    {
        LogBuffer full = Record.Buffer;
        if (full.Length == 0 || Record.IsBegun) return null;
        long before = Record.FrameStart < 0 ? -1 : Record.LastFrameStart;
        CloseFrame();
        _flusher.NoteFull(full);
        LogBuffer next = _flusher.Rent();
        if (whole || !full.TrySplit(next, Record.LastFrameStart, before)) next.Continue(full);
        Record.FillNext(next);
        return full;
    }

    /// <summary>Goes on in the next segment, if it is ready. At the end of a turn.</summary>
    internal bool TryLeaveSegment()
    {
        if (HasFailed || _closing != Closing.No || _pool.TryTake() is not { } next) return false;
        Roll(next, syncs: true);
        return true;
    }

    /// <summary>The numbers of the segments that hold records.</summary>
    internal IEnumerable<ulong> SegmentNumbers() => _sealed.Numbers.Append(_segment.Number);

    internal bool HasUnwritten => Record.Buffer.Length > 0;

    internal LogSegment CurrentSegment => _segment;

    // A segment with values that runs refer to stays as a file, so one with few of them is filled first.
    private bool IsLeftWhenCalm(ReadOnlySpan<ulong> flushed)
    {
        bool isRight = _pace.CalmMilliseconds >= LongCalmMilliseconds || _segment.IsObsolete(flushed);
        if (_segment.Bytes <= _pool.ShortBytes || !isRight) return false;
        long used = _segment.OffsetOf(_appended);
        return _segment.ValueFile is not { References: > 0 } || used >= _segment.Bytes / ValueShareDivisor;
    }

    private LogPosition CommitNothing()
    {
        bool tooLong = Record.IsTooLong;
        bool empty = Record.IsEmpty;
        Abort();
        if (tooLong) _flusher.Fail(Errno.FileTooLarge);
        bool accepts = !HasFailed && _closing == Closing.No;
        return empty && accepts ? new LogPosition(_appended) : LogPosition.Refused;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NoteAppended()
    {
        Record.Buffer.Commit();
        _appended = Record.Buffer.EndPosition;
        _idleSince = -1;
        Volatile.Write(ref _positions.AppendedSlot(Core), _appended);
    }

    private void CloseFrame()
    {
        if (Record.FrameStart < 0) return;
        _marked = _flusher.Synced;
        Record.CloseFrame(_marked);
    }

    // The record goes into the open frame while that is short, into a new buffer when this one is full, and
    // into the next segment when this one probably has no room.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Place(long bytes)
    {
        LogBuffer buffer = Record.Buffer;
        if (!HasFailed && _closing == Closing.No)
        {
            long offset = _segment.OffsetOf(buffer.EndPosition);
            bool isFull = offset > LogFormat.SegmentHeaderBytes
                && offset + RoomFor(bytes, _segment.Bytes) > _segment.Bytes;
            if (isFull && _pool.TryTake() is { } next) Roll(next);
            else if (buffer.Length > LogBuffer.FullBytes || (buffer.Length > 0
                && RoomFor(bytes, _slotBytes) > buffer.Room))
            {
                CloseFrame();
                ContinueIn(_flusher.Rent());
                _flusher.Freeze(buffer);
            }
            else if (buffer.Length + bytes > Record.FrameStart + LogFormat.FrameBytes) CloseFrame();
        }

        if (Record.FrameStart < 0) Record.OpenFrame();
        buffer = Record.Buffer;
        long left = _segment.Bytes - _segment.OffsetOf(buffer.EndPosition) - RoomFor(0, _segment.Bytes);
        left = Math.Min(left, buffer.Room - RoomFor(0, _slotBytes));
        _frameEnd = Math.Min(Record.FrameStart + LogFormat.FrameBytes, buffer.Length + left);
    }

    // A record may become longer than expected, but probably not by more than others in this segment did.
    private long RoomFor(long bytes, long all)
    {
        const int overhead = LogFormat.FrameHeaderBytes + LogFormat.ItemBytesMax + LogFormat.SealBytes;
        return overhead + bytes + Math.Min(_unforeseen, all / 4);
    }

    private void ContinueIn(LogBuffer fresh)
    {
        fresh.Continue(Record.Buffer);
        Record.FillNext(fresh);
    }

    private void Roll(LogSegment next, bool syncs = false)
    {
        LogBuffer full = Record.Buffer;
        AppendControl(LogItem.Seal, LogItem.SealRolled);
        _segment.EndPosition = _appended;
        _pool.Archive?.Sealed(_segment.Number, _segment.OffsetOf(_appended));
        _notes.Rolled(_segment);
        _sealed.Add(_segment);
        next.BasePosition = _appended;
        _segment = next;
        _positions.SetSegment(Core, next.Number);
        _unforeseen = 0;
        LogBuffer fresh = _flusher.Rent();
        fresh.Begin(next);
        Record.FillNext(fresh);
        _flusher.Freeze(full);
        if (syncs) _flusher.RequestSync(_appended);
    }

    private void AppendControl(byte item, byte argument)
    {
        CloseFrame();
        Record.OpenControl(item, argument);
        CloseFrame();
        NoteAppended();
    }

    // When the log has been idle and durable for a while, a small record says so: from then on recovery can
    // tell damage from a torn tail.
    private void Mark(long now)
    {
        bool due = _lastRecordEnd > _marked && _flusher.Synced >= _appended;
        if (!due) _idleSince = -1;
        else if (_idleSince < 0) _idleSince = now;
        else if (now - _idleSince >= _settings.MarkDelayMicroseconds) AppendControl(LogItem.Mark, 0);
    }
}
