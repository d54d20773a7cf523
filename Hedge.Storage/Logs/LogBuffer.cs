using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hedge.Storage.Logs;

/// <summary>
/// Neighbouring records of one segment in native memory: appended to first, then written, then used again.
/// </summary>
internal sealed unsafe class LogBuffer : IDisposable
{
    public const int InitialBytes = 256 * 1024;

    /// <summary>
    /// A buffer of this size takes no further records, and one that grew beyond is freed after use.
    /// </summary>
    public const int FullBytes = 4 * 1024 * 1024;

    // SAFETY: _data has _capacity bytes, or is null with capacity 0; Length <= _capacity; freed by Dispose
    // only. While
    // a write is under way nothing is appended, so the kernel's pointer stays valid.
    private byte* _data;
    private long _capacity;

    /// <summary>Bytes in use.</summary>
    public long Length { get; set; }

    /// <summary>Bytes that the current write has put into the file.</summary>
    public long Written { get; set; }

    /// <summary>The segment the bytes belong to.</summary>
    public LogSegment Segment { get; private set; } = null!;

    /// <summary>The log position of the first byte.</summary>
    public long StartPosition { get; private set; }

    /// <summary>The log position after the last byte.</summary>
    public long EndPosition => StartPosition + Length;

    /// <summary>The file offset of the first byte.</summary>
    public long StartOffset => Segment.OffsetOf(StartPosition);

    /// <summary>Bytes of native memory held.</summary>
    public long Capacity => _capacity;

    public byte* Data => _data;

    /// <summary>Makes the buffer empty and sets where it goes on.</summary>
    public void Begin(LogSegment segment, long position)
    {
        Segment = segment;
        StartPosition = position;
        Length = 0;
        Written = 0;
    }

    /// <summary>
    /// The place after the last byte, with room for at least <paramref name="count"/> more.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Reserve(long count)
    {
        if (_capacity - Length < count) Grow(count);
        return _data + Length;
    }

    public void Dispose()
    {
        NativeMemory.Free(_data);
        _data = null;
        _capacity = Length = 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(long count)
    {
        long wanted = Length + count;
        _capacity = Math.Max(Math.Max(InitialBytes, wanted), Math.Min(_capacity * 2, wanted + (64L << 20)));
        _data = (byte*)NativeMemory.Realloc(_data, (nuint)_capacity);
    }
}
