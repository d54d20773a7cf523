using System.Runtime.CompilerServices;
using Hedge.Storage.Io;
using Hedge.Storage.Records;

namespace Hedge.Storage.Logs;

/// <summary>
/// One core's write-ahead log, used on that core only. A record is one atomic batch: <see cref="Begin"/>,
/// operations in
/// the order they were done, then <see cref="Commit"/> or <see cref="Abort"/>; nothing here allocates, blocks
/// or calls
/// the kernel. <see cref="Turn"/>, once per turn of the core, starts writes and syncs as the policy demands.
/// </summary>
/// <remarks>
/// Every operation of a partition carries the next number of that partition's sequence. Within a record the
/// operations of one partition that follow each other must have consecutive numbers.
/// </remarks>
public sealed unsafe class LogWriter : IDisposable
{
    /// <summary>The longest record: a longer one fails the log at its commit.</summary>
    public const long RecordBytesMax = LogFormat.RecordBytesMax;

    private const int FileTooLarge = 27;
    private readonly LogSegmentPool _pool;
    private readonly LogSettings _settings;
    private readonly LogPositions _positions;
    private readonly LogFlusher _flusher;
    private readonly Queue<LogSegment> _sealed = new();
    private readonly List<(int Partition, ulong Last)> _parts = [];
    private LogSegment _segment;
    private LogBuffer _buffer;
    private long _recordStart = -1;
    private long _appended;
    private long _marked;
    private long _lastRecordEnd;
    private long _idleSince = -1;
    private int _partition = -1;
    private ulong _sequence;
    private bool _tooLong;
    private Closing _closing;

    /// <summary>Opens a log on its first segment, which the pool prepares at once when it must.</summary>
    /// <exception cref="DiskException">The first segment could not be prepared.</exception>
    public LogWriter(
        int core, LogSegmentPool pool, IDiskQueue queue, LogPositions positions, LogSettings settings,
        SyncPolicy policy, ILogListener? listener)
    {
        Core = core;
        _pool = pool;
        _settings = settings;
        _positions = positions;
        _flusher = new LogFlusher(this, queue, positions, settings, listener) { Policy = policy };
        pool.Start();
        _segment = pool.TryTake()!;
        _flusher.Open(_segment);
        _buffer = _flusher.Rent();
        _buffer.Begin(_segment);
    }

    private enum Closing
    {
        No,
        Syncing,
        Sealed,
    }

    /// <summary>The log's core.</summary>
    public int Core { get; }

    /// <summary>When the log is synced; may be changed at any time between records.</summary>
    public SyncPolicy Policy
    {
        get => _flusher.Policy;
        set => _flusher.Policy = value;
    }

    /// <summary>The end of the last committed record.</summary>
    public LogPosition Appended => new(_appended);

    /// <summary>The end of what the operating system has.</summary>
    public LogPosition Written => new(_flusher.Written);

    /// <summary>The end of what is durable.</summary>
    public LogPosition Synced => new(_flusher.Synced);

    /// <summary>Appended bytes not yet written, for back-pressure.</summary>
    public long BufferedBytes => _appended - _flusher.Written;

    /// <summary>True after a failed write or sync: appends are refused and nothing more is synced.</summary>
    public bool HasFailed => _flusher.FailedErrno != 0;

    /// <summary>The errno of the failure, 0 when there was none.</summary>
    public int FailedErrno => _flusher.FailedErrno;

    /// <summary>
    /// True when the log was closed with <see cref="BeginClose"/> and everything is durable.
    /// </summary>
    public bool IsClosed => _closing == Closing.Sealed && _flusher.Synced == _appended;

    /// <summary>Native memory held by buffers, in bytes.</summary>
    public long MemoryBytes => _flusher.MemoryBytes + _buffer.Capacity;

    /// <summary>
    /// Bytes of the record begun so far; see <see cref="RecordBytesMax"/>.
    /// </summary>
    public long RecordBytes => _recordStart < 0 ? 0 : _buffer.Length - _recordStart;

    /// <summary>Segments that hold records not released yet, with the current one.</summary>
    public int Segments => _sealed.Count + 1;

    /// <summary>Begins a record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin()
    {
        Invariant.Check(_recordStart < 0, "a log record is begun once");
        _recordStart = _buffer.Length;
        _buffer.Reserve(LogFormat.RecordHeaderBytes);
        _buffer.Length += LogFormat.RecordHeaderBytes;
        _partition = -1;
    }

    /// <summary>
    /// Sets a key's record. <paramref name="expireAt"/> is in Unix milliseconds, 0 for never.
    /// </summary>
    public void Put(
        int partition, ulong sequence, uint keyspace, RecordType type, StringEncoding encoding, long expireAt,
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, CountDelta delta)
    {
        long payload = (long)key.Length + value.Length;
        byte* at = Item(partition, sequence, LogOperationKind.Put, delta, expireAt != 0, payload);
        at = LogFormat.WriteVarint(at, keyspace);
        *at++ = (byte)type;
        *at++ = (byte)encoding;
        if (expireAt != 0)
        {
            Unsafe.WriteUnaligned(at, expireAt);
            at += 8;
        }

        at = LogFormat.WriteVarint(at, (ulong)key.Length);
        at = LogFormat.WriteVarint(at, (ulong)value.Length);
        at = Bytes(at, key);
        End(Bytes(at, value));
    }

    /// <summary>Removes a key.</summary>
    public void Remove(int partition, ulong sequence, uint keyspace, ReadOnlySpan<byte> key, CountDelta delta)
    {
        byte* at = Item(partition, sequence, LogOperationKind.Remove, delta, false, key.Length);
        at = LogFormat.WriteVarint(at, keyspace);
        at = LogFormat.WriteVarint(at, (ulong)key.Length);
        End(Bytes(at, key));
    }

    /// <summary>Sets a key's expiry; 0 takes it away.</summary>
    public void SetExpiry(int partition, ulong sequence, uint keyspace, ReadOnlySpan<byte> key, long expireAt)
    {
        bool expires = expireAt != 0;
        byte* at = Item(partition, sequence, LogOperationKind.SetExpiry, CountDelta.None, expires, key.Length);
        at = LogFormat.WriteVarint(at, keyspace);
        if (expireAt != 0)
        {
            Unsafe.WriteUnaligned(at, expireAt);
            at += 8;
        }

        at = LogFormat.WriteVarint(at, (ulong)key.Length);
        End(Bytes(at, key));
    }

    /// <summary>Overwrites a part of a string: <paramref name="bytes"/> at <paramref name="offset"/>, after
    /// which the
    /// value is <paramref name="newLength"/> bytes long.</summary>
    public void WriteRange(
        int partition, ulong sequence, uint keyspace, ReadOnlySpan<byte> key, int offset, ReadOnlySpan<byte> bytes,
        int newLength, CountDelta delta)
    {
        byte* at = Item(
            partition, sequence, LogOperationKind.WriteRange, delta, false, (long)key.Length + bytes.Length);
        at = LogFormat.WriteVarint(at, keyspace);
        at = LogFormat.WriteVarint(at, (uint)offset);
        at = LogFormat.WriteVarint(at, (uint)newLength);
        at = LogFormat.WriteVarint(at, (ulong)key.Length);
        at = LogFormat.WriteVarint(at, (ulong)bytes.Length);
        at = Bytes(at, key);
        End(Bytes(at, bytes));
    }

    /// <summary>Gives a database a new, empty keyspace; its old one is dead.</summary>
    public void AssignKeyspace(int partition, ulong sequence, int database, uint keyspace)
    {
        byte* at = Item(partition, sequence, LogOperationKind.AssignKeyspace, CountDelta.None, false, 0);
        at = LogFormat.WriteVarint(at, (uint)database);
        End(LogFormat.WriteVarint(at, keyspace));
    }

    /// <summary>Exchanges the keyspaces of two databases.</summary>
    public void SwapDatabases(int partition, ulong sequence, int database, int other)
    {
        byte* at = Item(partition, sequence, LogOperationKind.SwapDatabases, CountDelta.None, false, 0);
        at = LogFormat.WriteVarint(at, (uint)database);
        End(LogFormat.WriteVarint(at, (uint)other));
    }

    /// <summary>
    /// Ends the record. Returns the position after it: the record is durable when Synced has reached that. A
    /// log that
    /// has failed or is being closed drops the record and answers <see cref="LogPosition.Refused"/>. A record
    /// without
    /// operations takes no space.
    /// </summary>
    public LogPosition Commit()
    {
        Invariant.Check(_recordStart >= 0, "a log record is committed once");
        if (HasFailed || _closing != Closing.No || _partition < 0 || _tooLong) return CommitNothing();
        long bytes = _buffer.Length - _recordStart;
        long offset = _segment.OffsetOf(_buffer.StartPosition + _recordStart);
        if (offset + bytes + LogFormat.SealBytes > _segment.Bytes || _buffer.Length > LogBuffer.FullBytes)
            MakeRoom(bytes, offset);
        Stamp(bytes);
        NoteHighest();
        _lastRecordEnd = _appended;
        return new LogPosition(_appended);
    }

    /// <summary>Drops the record begun.</summary>
    public void Abort()
    {
        Invariant.Check(_recordStart >= 0, "only a begun log record is aborted");
        _buffer.Length = _recordStart;
        _recordStart = -1;
        _parts.Clear();
        _tooLong = false;
    }

    /// <summary>
    /// Starts what is due: writes, syncs, the note of what is synced. Once per turn, after its commands.
    /// </summary>
    /// <param name="nowMicroseconds">Monotonic time.</param>
    public void Turn(long nowMicroseconds)
    {
        Invariant.Check(_recordStart < 0, "no log record is open at the end of a turn");
        if (HasFailed) return;
        if (_closing == Closing.Syncing && _flusher.Synced == _appended)
        {
            AppendControl(LogItem.Seal, LogItem.SealClosed);
            _flusher.RequestSync(_appended);
            _closing = Closing.Sealed;
        }

        if (_closing == Closing.No) Mark(nowMicroseconds);
        _flusher.Turn(nowMicroseconds);
    }

    /// <summary>The monotonic time at which <see cref="Turn"/> has something to do although nothing happens
    /// before;
    /// <see cref="long.MaxValue"/> for never.</summary>
    public long NextTurnMicroseconds =>
        HasFailed ? long.MaxValue
        : _idleSince < 0 ? _flusher.NextTurn
        : Math.Min(_flusher.NextTurn, _idleSince + _settings.MarkDelayMicroseconds);

    /// <summary>
    /// Asks for everything appended so far to be synced soon, whatever the policy. Returns its end.
    /// </summary>
    public LogPosition RequestSync()
    {
        _flusher.RequestSync(_appended);
        return new LogPosition(_appended);
    }

    /// <summary>
    /// Refuses further records, syncs everything and seals the log; turns go on until <see cref="IsClosed"/>.
    /// </summary>
    public void BeginClose()
    {
        if (_closing != Closing.No) return;
        _closing = Closing.Syncing;
        _idleSince = -1;
        _flusher.RequestSync(_appended);
    }

    /// <summary>
    /// After a failure for want of space (ENOSPC) on a write, goes on where it stopped: all that is not known
    /// to be
    /// written is still buffered and is written again. Returns false when the failure is final: any other
    /// errno, or a
    /// sync of bytes that are no longer buffered.
    /// </summary>
    public bool TryRecover() => _flusher.TryRecover();

    /// <summary>
    /// Gives segments back whose every operation is flushed, oldest first up to the first that still holds
    /// something.
    /// The manifests that say so must be durable. Returns how many.
    /// </summary>
    /// <param name="flushedSequencePerPartition">By partition, the highest number whose effect is in
    /// runs.</param>
    public int ReleaseObsolete(ReadOnlySpan<ulong> flushedSequencePerPartition)
    {
        int count = 0;
        while (_sealed.TryPeek(out LogSegment? oldest) && oldest.EndPosition <= _flusher.Synced
            && !_flusher.Uses(oldest) && oldest.IsObsolete(flushedSequencePerPartition))
        {
            _pool.Return(_sealed.Dequeue());
            count++;
        }

        return count;
    }

    /// <summary>Frees the buffers and closes the files. No operation may be under way.</summary>
    public void Dispose()
    {
        _flusher.Dispose();
        _buffer.Dispose();
        _segment.File.Dispose();
        foreach (LogSegment segment in _sealed) segment.File.Dispose();
        _sealed.Clear();
    }

    /// <summary>Takes the buffer being filled, for writing, and goes on in another.</summary>
    internal LogBuffer? TakeBuffer()
    {
        if (_buffer.Length == 0 || _recordStart >= 0) return null;
        LogBuffer full = _buffer;
        _buffer = _flusher.Rent();
        _buffer.Continue(full);
        return full;
    }

    internal bool HasUnwritten => _buffer.Length > 0;

    internal LogSegment CurrentSegment => _segment;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Item(
        int partition, ulong sequence, LogOperationKind kind, CountDelta delta, bool expires, long payloadBytes)
    {
        // SAFETY: the items' fixed parts take at most ItemBytesMax bytes, keys and values payloadBytes; both
        // reserved.
        byte* at = _buffer.Reserve(LogFormat.ItemBytesMax + CheckLength(payloadBytes));
        if (partition != _partition || sequence != _sequence + 1) at = BeginPart(at, partition, sequence);
        _sequence = sequence;
        *at++ = (byte)((byte)kind | ((byte)delta << LogItem.DeltaShift) | (expires ? LogItem.HasExpiry : 0));
        return at;
    }

    private byte* BeginPart(byte* at, int partition, ulong sequence)
    {
        Invariant.Check(partition != _partition, "a partition's sequence has no gap within a record");
        if (_partition >= 0) PushPart();
        _partition = partition;
        *at++ = LogItem.Part;
        at = LogFormat.WriteVarint(at, (uint)partition);
        return LogFormat.WriteVarint(at, sequence);
    }

    private void PushPart() => _parts.Add((_partition, _sequence));

    // A record beyond the format's limit is not kept: its payload is dropped here and the log fails at the
    // commit.
    private long CheckLength(long payloadBytes)
    {
        if (RecordBytes + payloadBytes + LogFormat.ItemBytesMax > LogFormat.RecordBytesMax) _tooLong = true;
        return payloadBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Bytes(byte* at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(at, bytes.Length));
        return at + bytes.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void End(byte* at)
    {
        _buffer.Length = at - _buffer.Data;
        if (_tooLong) _buffer.Length = _recordStart + LogFormat.RecordHeaderBytes;
    }

    private LogPosition CommitNothing()
    {
        bool tooLong = _tooLong;
        bool empty = _partition < 0;
        Abort();
        if (tooLong) _flusher.Fail(FileTooLarge);
        return empty && !HasFailed && _closing == Closing.No ? new LogPosition(_appended) : LogPosition.Refused;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Stamp(long bytes)
    {
        byte* record = _buffer.Data + _recordStart;
        long position = _buffer.StartPosition + _recordStart;
        long synced = _flusher.Synced;
        _marked = synced;
        long known = synced <= _segment.BasePosition ? 0 : Math.Min(_segment.OffsetOf(synced), uint.MaxValue);
        Unsafe.WriteUnaligned(record + 4, (uint)(bytes - LogFormat.RecordHeaderBytes));
        Unsafe.WriteUnaligned(record + 8, _segment.Tag + (uint)_segment.OffsetOf(position));
        Unsafe.WriteUnaligned(record + 12, (uint)known);
        ReadOnlySpan<byte> summed = new(record + 4, (int)bytes - 4);
        Unsafe.WriteUnaligned(record, Crc32C.Compute(summed, _segment.Seed));
        _recordStart = -1;
        _appended = position + bytes;
        _idleSince = -1;
        Volatile.Write(ref _positions.AppendedSlot(Core), _appended);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NoteHighest()
    {
        if (_parts.Count > 0)
        {
            foreach ((int partition, ulong last) in _parts) _segment.Highest[partition] = last;
            _parts.Clear();
        }

        _segment.Highest[_partition] = _sequence;
    }

    // The record moves to a fresh buffer: because its own is full, or because the segment is, which is then
    // sealed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MakeRoom(long bytes, long offset)
    {
        bool segmentIsFull = offset + bytes + LogFormat.SealBytes > _segment.Bytes
            && offset > LogFormat.SegmentHeaderBytes;
        LogSegment? next = segmentIsFull ? _pool.TryTake() : null;
        if (next is null && _recordStart == 0) return;
        if (next is null && _buffer.Length <= LogBuffer.FullBytes) return;

        LogBuffer full = _buffer;
        LogBuffer fresh = _flusher.Rent();
        full.Length = _recordStart;
        if (next is null) fresh.Continue(full);
        else
        {
            next.BasePosition = _appended + LogFormat.SealBytes;
            fresh.Begin(next);
        }

        // The record still stands behind the full buffer's new end, until the seal takes its place.
        Buffer.MemoryCopy(full.Data + _recordStart, fresh.Reserve(bytes), bytes, bytes);
        if (next is not null)
        {
            AppendControl(LogItem.Seal, LogItem.SealRolled);
            Invariant.Check(_appended == next.BasePosition, "a segment begins where the seal before it ends");
            _segment.EndPosition = _appended;
            _sealed.Enqueue(_segment);
            _segment = next;
        }

        _flusher.Freeze(full);
        _buffer = fresh;
        _buffer.Length = bytes;
        _recordStart = 0;
    }

    private void AppendControl(byte item, byte argument)
    {
        _recordStart = _buffer.Length;
        byte* at = _buffer.Reserve(LogFormat.SealBytes) + LogFormat.RecordHeaderBytes;
        *at++ = item;
        if (argument != 0) *at++ = argument;
        _buffer.Length = at - _buffer.Data;
        Stamp(_buffer.Length - _recordStart);
    }

    // When the log has been idle and durable for a while, a small record says so: from then on damage to the
    // last
    // records is told apart from a torn tail.
    private void Mark(long now)
    {
        bool due = _lastRecordEnd > _marked && _flusher.Synced >= _appended;
        if (!due) _idleSince = -1;
        else if (_idleSince < 0) _idleSince = now;
        else if (now - _idleSince >= _settings.MarkDelayMicroseconds) AppendControl(LogItem.Mark, 0);
    }
}
