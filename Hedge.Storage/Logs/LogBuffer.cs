using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedge.Storage.Io;

namespace Hedge.Storage.Logs;

/// <summary>
/// Neighbouring frames of one segment in native memory. The buffer is filled, then written, then used
/// again.
/// </summary>
/// <remarks>
/// A write covers whole blocks of the file, as direct I/O requires. Before the frames stands a copy of what
/// the first block holds already (the lead). After them zeros fill the last block, which the next write
/// covers again. Both versions of such a block have the same bytes where the earlier frames are. So a power
/// loss may leave either version of each 512-byte sector, even one torn at a byte: the earlier frames stay
/// whole, and the later ones are torn exactly as if they had been appended alone. When more writes will
/// follow soon, a write leaves the bytes after its last whole block to the next one, so that no block is
/// written twice. A buffer in a slot of a <see cref="LogStage"/> outlives a kill of the process, up to what
/// was committed. A buffer that grows beyond its slot goes on in other memory; the slot keeps what it has.
/// </remarks>
internal sealed unsafe class LogBuffer : IDisposable
{
    public const int InitialBytes = 256 * 1024;

    /// <summary>
    /// A buffer of this size takes no further records. One that grew beyond it is freed after use.
    /// </summary>
    public const int FullBytes = 4 * 1024 * 1024;

    private const int BlockBytes = AlignedBuffer.Alignment;

    // When fewer bytes are to be written, or when the end belongs to a longer frame, a write takes all
    // bytes.
    private const int SplitBytesMin = 2 * BlockBytes;
    private const int SplitFrameBytesMax = 2 * LogFormat.FrameBytes;

    // SAFETY: _blocks is aligned to BlockBytes and has _capacity bytes, a multiple of BlockBytes, or is
    // null with capacity 0; _lead + Length <= _capacity. While staged it is the slot's memory, which the
    // stage owns, and _committed and _frame are the slot's. Otherwise Release or Dispose frees it, and they
    // point to _nowhere. While a write is under way nothing is appended, so the kernel's pointer stays
    // valid.
    private readonly LogStage? _stage;
    private readonly byte* _page;
    private readonly long* _nowhere;
    private long* _committed;
    private long* _frame;
    private ulong _sequence;
    private byte* _blocks;
    private long _capacity;
    private int _lead;
    private long _wholeEnd;
    private bool _isSplit;
    private bool _isDisposed;

    /// <summary>Makes a buffer in memory of its own.</summary>
    /// <param name="stage">The log's stage, in which this buffer has no slot; null when the log has
    /// none.</param>
    public LogBuffer(LogStage? stage = null)
    {
        _stage = stage;
        _nowhere = (long*)NativeMemory.AllocZeroed(2, sizeof(long));
        _committed = _nowhere;
        _frame = _nowhere + 1;
    }

    /// <summary>Makes a buffer in a slot.</summary>
    public LogBuffer(LogStage stage, int slot)
        : this(stage)
    {
        _page = stage.PageOf(slot);
    }

    /// <summary>Its bytes as soon as it has any.</summary>
    public int LeastBytes { get; init; } = InitialBytes;

    /// <summary>True when the buffer has a slot, even if it has outgrown it.</summary>
    public bool HasSlot => _page != null;

    /// <summary>True when what is committed to the buffer outlives a kill of the process.</summary>
    public bool IsStaged => _committed != _nowhere;

    /// <summary>The most bytes of its slot that the buffer has used.</summary>
    public long TouchedBytes { get; private set; }

    /// <summary>Bytes that can be appended without new memory; unlimited without a slot.</summary>
    public long Room => IsStaged ? _capacity - _lead - Length : long.MaxValue;

    /// <summary>Bytes of frames in use.</summary>
    public long Length { get; set; }

    /// <summary>The log position after the last frame that ends in this buffer.</summary>
    public long WholeEnd => _isSplit ? _wholeEnd : EndPosition;

    /// <summary>Bytes of the blocks that the current write has put into the file; a multiple of
    /// 4096.</summary>
    public long Written { get; set; }

    /// <summary>The segment the bytes belong to.</summary>
    public LogSegment Segment { get; private set; } = null!;

    /// <summary>The log position of the first byte.</summary>
    public long StartPosition { get; private set; }

    /// <summary>The log position after the last byte.</summary>
    public long EndPosition => StartPosition + Length;

    /// <summary>The file offset of the first block.</summary>
    public long BlocksOffset => Segment.OffsetOf(StartPosition) - _lead;

    /// <summary>The length of the blocks that the bytes lie in.</summary>
    public long BlocksLength => RoundUp(_lead + Length);

    /// <summary>Bytes of memory held outside of a slot.</summary>
    public long Capacity => IsStaged ? 0 : _capacity;

    /// <summary>The first byte.</summary>
    public byte* Data => _blocks + _lead;

    /// <summary>What is written: <see cref="BlocksLength"/> bytes.</summary>
    public byte* Blocks => _blocks;

    /// <summary>Makes the buffer the first of a segment whose BasePosition is set.</summary>
    public void Begin(LogSegment segment)
    {
        Begin(segment, segment.BasePosition, LogFormat.SegmentHeaderBytes);
        segment.Header.CopyTo(new Span<byte>(_blocks, _lead));
        Use();
    }

    /// <summary>Makes the buffer go on in the file where another one ends.</summary>
    public void Continue(LogBuffer before)
    {
        long end = before._lead + before.Length;
        int lead = (int)(end % BlockBytes);
        Begin(before.Segment, before.EndPosition, lead);
        if (lead > 0) Buffer.MemoryCopy(before._blocks + (end - lead), _blocks, lead, lead);
        Use();
    }

    /// <summary>Moves the bytes after the last whole block to a buffer that goes on from there. Returns
    /// false and does nothing when the bytes are few, when a long frame would wait for its end, or when it
    /// is unknown which frames end before.</summary>
    /// <param name="rest">The buffer that goes on.</param>
    /// <param name="frame">Where the last frame begins.</param>
    /// <param name="frameBefore">Where the one before it begins; -1 when there is none in this
    /// buffer.</param>
    public bool TrySplit(LogBuffer rest, long frame, long frameBefore)
    {
        long end = _lead + Length;
        long length = (end & -BlockBytes) - _lead;
        long split = frame <= length ? frame : frameBefore;
        if (length < SplitBytesMin || split < 0 || split > length) return false;
        if (Length - split > SplitFrameBytesMax) return false;
        int left = (int)(Length - length);
        rest.Begin(Segment, StartPosition + length, 0);
        Buffer.MemoryCopy(Data + length, rest.Reserve(left), left, left);
        rest.Length = left;
        rest.Use();
        // The slot keeps all bytes until they are written. By then the other buffer's slot has the rest.
        Length = length;
        _wholeEnd = left == 0 ? EndPosition : StartPosition + split;
        _isSplit = true;
        return true;
    }

    /// <summary>
    /// The place after the last byte, with room for at least <paramref name="count"/> more.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Reserve(long count)
    {
        if (_capacity - _lead - Length < count) Grow(count);
        return _blocks + _lead + Length;
    }

    /// <summary>A frame begins at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginFrame() => *_frame = Length;

    /// <summary>Commits what has been appended. If the buffer is staged, it outlives a kill of the process
    /// from now on.</summary>
    // A release store: after the bytes, and before anything that the bytes make visible.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Commit() => Volatile.Write(ref *_committed, Length);

    /// <summary>Gives up the slot and other memory, since the segment has the bytes.</summary>
    public void Release()
    {
        if (_page == null) return;
        Volatile.Write(ref *(ulong*)(_page + LogStageFormat.SequenceAt), 0);
        if (!IsStaged) NativeMemory.AlignedFree(_blocks);
        _committed = _nowhere;
        _frame = _nowhere + 1;
        _blocks = null;
        _capacity = Length = _lead = 0;
    }

    /// <summary>Fills the last block with zeros, for the write.</summary>
    public void Pad()
    {
        long end = _lead + Length;
        if (IsStaged) TouchedBytes = Math.Max(TouchedBytes, BlocksLength);
        NativeMemory.Clear(_blocks + end, (nuint)(BlocksLength - end));
    }

    /// <summary>Frees the memory. The slot stays as it is: the next start writes what is not written by
    /// then.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!IsStaged) NativeMemory.AlignedFree(_blocks);
        NativeMemory.Free(_nowhere);
        _blocks = null;
        _capacity = Length = _lead = 0;
    }

    private static long RoundUp(long bytes) => (bytes + (BlockBytes - 1)) & -BlockBytes;

    private void Begin(LogSegment segment, long position, int lead)
    {
        Segment = segment;
        StartPosition = position;
        Length = 0;
        Written = 0;
        _lead = lead;
        _isSplit = false;
        _sequence = _stage?.NextSequence() ?? 0;
        if (_page != null)
        {
            _blocks = _page + LogStageFormat.PageBytes;
            _capacity = _stage!.SlotBytes;
            _committed = (long*)(_page + LogStageFormat.CommittedAt);
            _frame = (long*)(_page + LogStageFormat.FrameAt);
            *_committed = 0;
            *_frame = -1;
        }
        else
        {
            _stage?.Spill(_sequence);
            if (_capacity == 0) Grow(0);
        }
    }

    // Says that the slot is used. This comes after everything else that the slot says from its beginning.
    private void Use()
    {
        if (!IsStaged) return;
        *_committed = Length;
        LogStageFormat.WriteSlot(new Span<byte>(_page, LogStageFormat.PageBytes),
            Segment.Number, Segment.Id, BlocksOffset, _lead, (int)Length);
        Volatile.Write(ref *(ulong*)(_page + LogStageFormat.SequenceAt), _sequence);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(long count)
    {
        long used = _lead + Length;
        long wanted = RoundUp(used + count);
        long doubled = Math.Min(_capacity * 2, wanted + (64L << 20));
        long capacity = Math.Max(Math.Max(LeastBytes, wanted), doubled);
        byte* blocks = (byte*)NativeMemory.AlignedAlloc((nuint)capacity, BlockBytes);
        if (_blocks != null) Buffer.MemoryCopy(_blocks, blocks, capacity, used);
        if (!IsStaged) NativeMemory.AlignedFree(_blocks);
        else
        {
            _stage!.Spill(_sequence + 1);
            TouchedBytes = _stage.SlotBytes;
            _committed = _nowhere;
            _frame = _nowhere + 1;
        }

        _blocks = blocks;
        _capacity = capacity;
    }
}
