using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Hedge.Storage.Pages;

/// <summary>Native memory that begins at a page boundary, as O_DIRECT requires. It is not cleared when
/// made. One owner.</summary>
internal sealed unsafe class PageBuffer : IDisposable
{
    // SAFETY: _data is 4 KiB-aligned, _capacity bytes long, owned until Dispose; every span given out is
    // checked against _capacity, and nobody keeps one over EnsureCapacity or Dispose.
    private static long _liveBytes;
    private byte* _data;
    private long _capacity;

    /// <summary>Allocates at least <paramref name="capacity"/> bytes, rounded up to whole pages.</summary>
    public PageBuffer(long capacity)
    {
        _capacity = Page.RoundUp(Math.Max(capacity, 1));
        _data = (byte*)NativeMemory.AlignedAlloc((nuint)_capacity, Page.Bytes);
        Interlocked.Add(ref _liveBytes, _capacity);
    }

    /// <summary>Bytes in all buffers of this process that are not disposed. Zero after a clean
    /// shutdown.</summary>
    public static long LiveBytes => Interlocked.Read(ref _liveBytes);

    /// <summary>Bytes held.</summary>
    public long Capacity => _capacity;

    /// <summary>The first byte.</summary>
    public byte* Pointer => _data;

    /// <summary>The <paramref name="length"/> bytes at <paramref name="offset"/>.</summary>
    public Span<byte> Slice(long offset, int length)
    {
        if ((ulong)offset > (ulong)_capacity || (uint)length > (ulong)(_capacity - offset))
            throw new ArgumentOutOfRangeException(nameof(offset));
        return new Span<byte>(_data + offset, length);
    }

    /// <summary>Begins to load the cache line at <paramref name="offset"/>. Does nothing outside the
    /// buffer.</summary>
    public void Prefetch(long offset)
    {
        if (Sse.IsSupported && (ulong)offset < (ulong)_capacity) Sse.Prefetch0(_data + offset);
    }

    /// <summary>Grows to at least <paramref name="capacity"/> bytes, keeping the first
    /// <paramref name="keep"/>.</summary>
    public void EnsureCapacity(long capacity, long keep)
    {
        if (capacity <= _capacity) return;
        Invariant.Check(keep <= _capacity, "a buffer keeps no more than it has");
        long grown = Page.RoundUp(Math.Max(capacity, _capacity + _capacity / 2));
        byte* fresh = (byte*)NativeMemory.AlignedAlloc((nuint)grown, Page.Bytes);
        Buffer.MemoryCopy(_data, fresh, grown, keep);
        NativeMemory.AlignedFree(_data);
        Interlocked.Add(ref _liveBytes, grown - _capacity);
        _data = fresh;
        _capacity = grown;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_data);
        Interlocked.Add(ref _liveBytes, -_capacity);
        _data = null;
        _capacity = 0;
    }
}
