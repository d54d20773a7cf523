using System.Runtime.CompilerServices;
using Hedge.Storage.Records;

namespace Hedge.Storage.Logs;

/// <summary>
/// The record that a <see cref="LogWriter"/> has begun: encodes its operations one after the other into the
/// log's buffer, at the end of the frame that is open there. Between <see cref="LogWriter.Begin"/> and
/// <see cref="LogWriter.Commit"/> only.
/// </summary>
/// <remarks>
/// Every operation of a partition carries the next number of that partition's sequence. Within a record,
/// neighbouring operations of one partition must have consecutive numbers.
/// </remarks>
public sealed unsafe class LogRecordBuilder
{
    private const int DetachedBytes = 4096;

    // Five numbers.
    private const int DropRunBytesMax = 48;

    private readonly List<(int Partition, ulong Last)> _parts = [];
    private readonly (ulong Last, ulong Frame)[] _numbers;
    private int _partition = -1;
    private ulong _sequence;
    private ulong _frame;

    internal LogRecordBuilder(int partitions) => _numbers = new (ulong, ulong)[partitions];

    /// <summary>A builder whose records are made in a buffer of their own and then appended to the log's
    /// buffer (<see cref="Append"/>).</summary>
    internal static LogRecordBuilder Detached(int partitions) =>
        new(partitions) { Buffer = new LogBuffer { LeastBytes = DetachedBytes } };

    /// <summary>Bytes of the record so far, 0 when none is begun. More than 2 GiB - 64 KiB fails the log at
    /// the commit.</summary>
    public long Bytes => IsBegun ? Buffer.Length - Start : 0;

    /// <summary>The buffer being filled: earlier frames, and the open one at the end.</summary>
    internal LogBuffer Buffer { get; private set; } = null!;

    /// <summary>Where the open frame begins in the buffer; -1 when none is open.</summary>
    internal long FrameStart { get; private set; } = -1;

    /// <summary>Where the frame closed last begins in the buffer; -1 when that is not known.</summary>
    internal long LastFrameStart { get; private set; } = -1;

    /// <summary>Where the record begins in the buffer; -1 when none is begun.</summary>
    internal long Start { get; private set; } = -1;

    /// <summary>True from the beginning of a record to its end.</summary>
    internal bool IsBegun => Start >= 0;

    /// <summary>True when the record has no operation.</summary>
    internal bool IsEmpty => _partition < 0;

    /// <summary>True when the record went beyond the format's limit. Its payload is lost.</summary>
    internal bool IsTooLong { get; private set; }

    /// <summary>Makes room in one step for everything that will be added to the record.</summary>
    public void Expect(long bytes)
    {
        if (IsBegun) Buffer.Reserve(bytes);
    }

    /// <summary>
    /// Sets a key's record. <paramref name="expireAt"/> is in Unix milliseconds, 0 for never.
    /// <paramref name="hadExpiry"/>: the replaced record is known to have an expiry.
    /// </summary>
    public void Put(
        int partition, ulong sequence, uint keyspace, RecordType type, StringEncoding encoding, long expireAt,
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, CountDelta delta, bool hadExpiry)
    {
        long payload = (long)key.Length + value.Length;
        byte* at = Item(partition, sequence, LogOperationKind.Put, delta, Flags(expireAt != 0, hadExpiry),
            payload);
        at = LogFormat.WriteVarint(at, keyspace);
        *at++ = (byte)((int)type | ((int)encoding << LogItem.EncodingShift));
        at = Expiry(at, expireAt);
        at = LogFormat.WriteVarint(at, (ulong)key.Length);
        at = LogFormat.WriteVarint(at, (ulong)value.Length);
        at = Payload(at, key);
        EndItem(Payload(at, value));
    }

    /// <summary>Removes a key.</summary>
    public void Remove(int partition, ulong sequence, uint keyspace, ReadOnlySpan<byte> key, CountDelta delta,
        bool hadExpiry)
    {
        byte* at = Item(partition, sequence, LogOperationKind.Remove, delta, Flags(false, hadExpiry),
            key.Length);
        at = LogFormat.WriteVarint(at, keyspace);
        at = LogFormat.WriteVarint(at, (ulong)key.Length);
        EndItem(Payload(at, key));
    }

    /// <summary>Sets a key's expiry; 0 removes it.</summary>
    public void SetExpiry(int partition, ulong sequence, uint keyspace, ReadOnlySpan<byte> key, long expireAt,
        bool hadExpiry)
    {
        const CountDelta none = CountDelta.None;
        int flags = Flags(expireAt != 0, hadExpiry);
        byte* at = Item(partition, sequence, LogOperationKind.SetExpiry, none, flags, key.Length);
        at = LogFormat.WriteVarint(at, keyspace);
        at = Expiry(at, expireAt);
        at = LogFormat.WriteVarint(at, (ulong)key.Length);
        EndItem(Payload(at, key));
    }

    /// <summary>Overwrites a part of a string: <paramref name="bytes"/> at <paramref name="offset"/>, and
    /// makes the value <paramref name="newLength"/> bytes long.</summary>
    public void WriteRange(
        int partition, ulong sequence, uint keyspace, ReadOnlySpan<byte> key, int offset,
        ReadOnlySpan<byte> bytes, int newLength, CountDelta delta)
    {
        long payload = (long)key.Length + bytes.Length;
        byte* at = Item(partition, sequence, LogOperationKind.WriteRange, delta, flags: 0, payload);
        at = LogFormat.WriteVarint(at, keyspace);
        at = LogFormat.WriteVarint(at, (uint)offset);
        at = LogFormat.WriteVarint(at, (uint)newLength);
        at = LogFormat.WriteVarint(at, (ulong)key.Length);
        at = LogFormat.WriteVarint(at, (ulong)bytes.Length);
        at = Payload(at, key);
        EndItem(Payload(at, bytes));
    }

    /// <summary>Replaces <paramref name="removed"/> bytes of a value at <paramref name="offset"/> by
    /// <paramref name="inserted"/>.</summary>
    public void Splice(
        int partition, ulong sequence, uint keyspace, ReadOnlySpan<byte> key, int offset, int removed,
        ReadOnlySpan<byte> inserted)
    {
        long payload = (long)key.Length + inserted.Length;
        byte* at = Item(partition, sequence, LogOperationKind.Splice, CountDelta.None, flags: 0, payload);
        at = LogFormat.WriteVarint(at, keyspace);
        at = LogFormat.WriteVarint(at, (uint)offset);
        at = LogFormat.WriteVarint(at, (uint)removed);
        at = LogFormat.WriteVarint(at, (ulong)key.Length);
        at = LogFormat.WriteVarint(at, (ulong)inserted.Length);
        at = Payload(at, key);
        EndItem(Payload(at, inserted));
    }

    /// <summary>Removes the keys from <paramref name="from"/> up to but excluding <paramref name="to"/>. An
    /// empty <paramref name="to"/> means the keyspace's end.</summary>
    public void RemoveRange(
        int partition, ulong sequence, uint keyspace, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        long payload = (long)from.Length + to.Length;
        const CountDelta none = CountDelta.None;
        byte* at = Item(partition, sequence, LogOperationKind.RemoveRange, none, 0, payload);
        at = LogFormat.WriteVarint(at, keyspace);
        at = LogFormat.WriteVarint(at, (ulong)from.Length);
        at = LogFormat.WriteVarint(at, (ulong)to.Length);
        at = Payload(at, from);
        EndItem(Payload(at, to));
    }

    /// <summary>Says that a loaded run is not in force, and what it had added to the counts.</summary>
    public void DropRun(int partition, ulong sequence, uint keyspace, ulong run, long keys, long expires,
        long nodes)
    {
        byte* at = Item(partition, sequence, LogOperationKind.DropRun, CountDelta.None, 0, DropRunBytesMax);
        at = LogFormat.WriteVarint(at, keyspace);
        at = LogFormat.WriteVarint(at, run);
        at = LogFormat.WriteVarint(at, (ulong)keys);
        at = LogFormat.WriteVarint(at, (ulong)expires);
        EndItem(LogFormat.WriteVarint(at, (ulong)nodes));
    }

    /// <summary>Gives a database a new, empty keyspace; its old one is dead.</summary>
    public void AssignKeyspace(int partition, ulong sequence, int database, uint keyspace)
    {
        byte* at = Item(partition, sequence, LogOperationKind.AssignKeyspace, CountDelta.None, 0, 0);
        at = LogFormat.WriteVarint(at, (uint)database);
        EndItem(LogFormat.WriteVarint(at, keyspace));
    }

    /// <summary>Exchanges the keyspaces of two databases.</summary>
    public void SwapDatabases(int partition, ulong sequence, int database, int other)
    {
        byte* at = Item(partition, sequence, LogOperationKind.SwapDatabases, CountDelta.None, 0, 0);
        at = LogFormat.WriteVarint(at, (uint)database);
        EndItem(LogFormat.WriteVarint(at, (uint)other));
    }

    /// <summary>Opens a frame at the buffer's end.</summary>
    internal void OpenFrame()
    {
        Invariant.Check(FrameStart < 0, "one log frame is open at a time");
        FrameStart = Buffer.Length;
        Buffer.BeginFrame();
        Buffer.Reserve(LogFormat.FrameHeaderBytes);
        Buffer.Length += LogFormat.FrameHeaderBytes;
        _frame++;
    }

    /// <summary>Writes the header of the open frame, and thereby closes the frame.</summary>
    /// <param name="synced">The log position up to which the log is known to be durable.</param>
    internal void CloseFrame(long synced)
    {
        LogSegment segment = Buffer.Segment;
        long bytes = Buffer.Length - FrameStart;
        long offset = segment.OffsetOf(Buffer.StartPosition + FrameStart);
        long known = synced <= segment.BasePosition ? 0 : Math.Min(segment.OffsetOf(synced), uint.MaxValue);
        // SAFETY: a frame is shorter than 2 GiB and lies in the buffer up to its length.
        Span<byte> frame = new(Buffer.Data + FrameStart, (int)bytes);
        LogFormat.CloseFrame(frame, segment.Seed, segment.Tag + (uint)offset, (uint)known);
        LastFrameStart = FrameStart;
        FrameStart = -1;
    }

    /// <summary>Begins a record at the end of the open frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Begin()
    {
        Start = Buffer.Length;
        _partition = -1;
    }

    /// <summary>Removes the begun record from the buffer, and its frame too when the record is the frame's
    /// first.</summary>
    internal void Drop()
    {
        bool isFirst = Start == FrameStart + LogFormat.FrameHeaderBytes;
        Buffer.Length = isFirst ? FrameStart : Start;
        if (isFirst) FrameStart = -1;
        Start = -1;
        _parts.Clear();
        IsTooLong = false;
    }

    /// <summary>Begins a detached record. Its numbers do not depend on other records.</summary>
    internal void BeginDetached()
    {
        _frame++;
        Begin();
    }

    /// <summary>Makes the begun record, which is empty, a copy of a detached one.</summary>
    internal void Append(LogRecordBuilder detached)
    {
        Invariant.Check(IsEmpty, "a detached record becomes a record of its own");
        long bytes = detached.Bytes;
        // SAFETY: reserved here; a detached record is the whole of its buffer.
        System.Buffer.MemoryCopy(detached.Buffer.Data + detached.Start, Buffer.Reserve(bytes), bytes, bytes);
        Buffer.Length += bytes;
        _parts.AddRange(detached._parts);
        _partition = detached._partition;
        _sequence = detached._sequence;
        IsTooLong = detached.IsTooLong;
    }

    /// <summary>Forgets a detached record, and frees the memory of a long one.</summary>
    internal void EndDetached()
    {
        Start = -1;
        _parts.Clear();
        IsTooLong = false;
        Buffer.Length = 0;
        if (Buffer.Capacity <= LogBuffer.FullBytes) return;
        Buffer.Dispose();
        Buffer = new LogBuffer { LeastBytes = DetachedBytes };
    }

    /// <summary>Ends the record, and notes the last number of each of its partitions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void End(ulong[] highest)
    {
        if (_parts.Count > 0)
        {
            foreach ((int partition, ulong last) in _parts) Note(highest, partition, last);
            _parts.Clear();
        }

        Note(highest, _partition, _sequence);
        Start = -1;
    }

    /// <summary>Takes a begun buffer for the next frame.</summary>
    internal void FillNext(LogBuffer buffer)
    {
        Buffer = buffer;
        LastFrameStart = -1;
    }

    /// <summary>Opens a frame that holds no record but a note of the log. The caller closes it at
    /// once.</summary>
    internal void OpenControl(byte item, byte argument)
    {
        OpenFrame();
        byte* at = Buffer.Reserve(LogFormat.SealBytes);
        *at++ = item;
        if (argument != 0) *at++ = argument;
        Buffer.Length = at - Buffer.Data;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Note(ulong[] highest, int partition, ulong last)
    {
        highest[partition] = last;
        _numbers[partition] = (last, _frame);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Item(
        int partition, ulong sequence, LogOperationKind kind, CountDelta delta, int flags,
        long payloadBytes)
    {
        // SAFETY: the items' fixed parts take at most ItemBytesMax bytes, keys and values payloadBytes; both
        // reserved.
        byte* at = Buffer.Reserve(LogFormat.ItemBytesMax + CheckLength(payloadBytes));
        if (partition != _partition || sequence != _sequence + 1) at = BeginPart(at, partition, sequence);
        _sequence = sequence;
        *at++ = (byte)((byte)kind | ((byte)delta << LogItem.DeltaShift) | flags);
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Flags(bool expires, bool hadExpiry) =>
        (expires ? LogItem.HasExpiry : 0) | (hadExpiry ? LogItem.HadExpiry : 0);

    private byte* BeginPart(byte* at, int partition, ulong sequence)
    {
        Invariant.Check(partition != _partition, "a partition's sequence has no gap within a record");
        int begins = LogItem.Begins;
        if (_partition >= 0)
        {
            _parts.Add((_partition, _sequence));
            begins = 0;
        }

        _partition = partition;
        (ulong last, ulong frame) = _numbers[partition];
        bool follows = frame == _frame && last + 1 == sequence;
        *at++ = (byte)(LogItem.Part | begins | (follows ? 0 : LogItem.HasNumber));
        at = LogFormat.WriteVarint(at, (uint)partition);
        return follows ? at : LogFormat.WriteVarint(at, sequence);
    }

    // A record beyond the format's limit is not kept. Its payload is dropped at the item's end, and the log
    // fails at the commit.
    private long CheckLength(long payloadBytes)
    {
        if (Bytes + payloadBytes + LogFormat.ItemBytesMax > LogFormat.RecordBytesMax) IsTooLong = true;
        return payloadBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Expiry(byte* at, long expireAt)
    {
        if (expireAt == 0) return at;
        Unsafe.WriteUnaligned(at, expireAt);
        return at + sizeof(long);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Payload(byte* at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(at, bytes.Length));
        return at + bytes.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EndItem(byte* at)
    {
        Buffer.Length = at - Buffer.Data;
        if (IsTooLong) Buffer.Length = Start;
    }
}
