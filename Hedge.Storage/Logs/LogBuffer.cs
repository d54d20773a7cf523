using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedge.Storage.Io;

namespace Hedge.Storage.Logs;

/// <summary>
/// Neighbouring frames of one segment in native memory: appended to first, then written, then used again.
/// </summary>
/// <remarks>
/// A write covers whole blocks of the file, as direct I/O wants it: before the frames stands a copy of what
/// the first block holds already (the lead), behind them zeros fill the last block, which the next write
/// covers again. Both versions of such a block have the same bytes where the earlier frames are. So
/// whichever version of each 512-byte sector a power loss leaves, even one torn at a byte, the earlier
/// frames stand; the later ones are torn exactly as if they had been appended alone. A write that more will
/// follow soon leaves what lies behind its last whole block to the next one: no block is written twice.
/// </remarks>
internal sealed unsafe class LogBuffer : IDisposable
{
    public const int InitialBytes = 256 * 1024;

    /// <summary>
    /// A buffer of this size takes no further records, and one that grew beyond is freed after use.
    /// </summary>
    public const int FullBytes = 4 * 1024 * 1024;

    private const int BlockBytes = AlignedBuffer.Alignment;

    // Fewer bytes, and those of a longer frame, are written to the last one.
    private const int SplitBytesMin = 2 * BlockBytes;
    private const int SplitFrameBytesMax = 2 * LogFormat.FrameBytes;

    // SAFETY: _blocks is aligned to BlockBytes and has _capacity bytes, a multiple of BlockBytes, or is null
    // with capacity 0; _lead + Length <= _capacity; freed by Dispose only. While a write is under way nothing
    // is appended, so the kernel's pointer stays valid.
    private byte* _blocks;
    private long _capacity;
    private int _lead;
    private long _wholeEnd;
    private bool _isSplit;

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

    /// <summary>Bytes of native memory held.</summary>
    public long Capacity => _capacity;

    /// <summary>The first byte.</summary>
    public byte* Data => _blocks + _lead;

    /// <summary>What is written: <see cref="BlocksLength"/> bytes.</summary>
    public byte* Blocks => _blocks;

    /// <summary>Makes the buffer the first of a segment whose BasePosition is set.</summary>
    public void Begin(LogSegment segment)
    {
        Begin(segment, segment.BasePosition, LogFormat.SegmentHeaderBytes);
        segment.Header.CopyTo(new Span<byte>(_blocks, _lead));
    }

    /// <summary>Makes the buffer go on in the file where another one ends.</summary>
    public void Continue(LogBuffer before)
    {
        long end = before._lead + before.Length;
        int lead = (int)(end % BlockBytes);
        Begin(before.Segment, before.EndPosition, lead);
        if (lead > 0) Buffer.MemoryCopy(before._blocks + (end - lead), _blocks, lead, lead);
    }

    /// <summary>Leaves what lies behind the last whole block to a buffer that goes on from there. False, and
    /// nothing is done, when the bytes are few, a long frame would wait for its end, or it cannot be told
    /// which frames end before.</summary>
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

    /// <summary>Fills the last block with zeros, for the write.</summary>
    public void Pad()
    {
        long end = _lead + Length;
        NativeMemory.Clear(_blocks + end, (nuint)(BlocksLength - end));
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_blocks);
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
        if (_capacity == 0) Grow(0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(long count)
    {
        long used = _lead + Length;
        long wanted = RoundUp(used + count);
        long doubled = Math.Min(_capacity * 2, wanted + (64L << 20));
        long capacity = Math.Max(Math.Max(InitialBytes, wanted), doubled);
        byte* blocks = (byte*)NativeMemory.AlignedAlloc((nuint)capacity, BlockBytes);
        if (_blocks != null) Buffer.MemoryCopy(_blocks, blocks, capacity, used);
        NativeMemory.AlignedFree(_blocks);
        _blocks = blocks;
        _capacity = capacity;
    }
}
