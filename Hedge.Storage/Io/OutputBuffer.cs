using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hedge.Storage.Io;

/// <summary>
/// Bytes on their way to one client, in a growable native buffer. The core that owns the connection writes
/// at the end, and its transport takes bytes from the front. The buffer may be longer than 2 GiB, but one
/// reply may not: who writes a reply sets <see cref="LengthMax"/> for that. Not thread-safe.
/// </summary>
/// <param name="initialBytes">The capacity at the beginning.</param>
/// <param name="keptBytesMax">The most bytes of memory that are kept when it is emptied.</param>
public sealed unsafe class OutputBuffer(int initialBytes = OutputBuffer.InitialBytes,
    long keptBytesMax = 8 * OutputBuffer.InitialBytes) : IBufferWriter<byte>, IDisposable
{
    /// <summary>The capacity of a new or emptied buffer, in bytes, unless its maker asked for
    /// less.</summary>
    public const int InitialBytes = 16 * 1024;

    private const long GrowthBytesMax = 1L << 30;
    private const long RemappedBytesMin = 1 << 20;

    // SAFETY: _data is allocated with _capacity bytes and freed by its owner only; _start <= _end <=
    // _capacity. A pinned block is neither moved, overwritten nor freed before Unpin; _pinned is null,
    // _data or an older block.
    private byte* _data;
    private byte* _pinned;
    private long _capacity;
    private long _start;
    private long _end;
    private NativeSpanManager? _memory;
    private NativeSpanManager? _slice;

    /// <summary>Bytes written and not yet taken.</summary>
    public long Length
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _end - _start;
    }

    /// <summary>The buffer does not grow beyond this length: a write that needs more throws
    /// <see cref="OutputFullException"/>. Writes that fit in the present capacity are not checked, so who
    /// sets the limit compares <see cref="Length"/> afterwards as well.</summary>
    public long LengthMax { get; set; } = long.MaxValue;

    /// <summary>Bytes of native memory held.</summary>
    public long Capacity => _capacity;

    /// <summary>The first byte not yet taken; valid until the next write.</summary>
    public byte* Head => _data + _start;

    /// <summary>The bytes not yet taken, which must be fewer than 2 GiB; valid until the next
    /// write.</summary>
    public ReadOnlySpan<byte> Unread => new(_data + _start, checked((int)(_end - _start)));

    /// <summary>A part of the bytes not yet taken; valid until the next write.</summary>
    public ReadOnlySpan<byte> Slice(long start, int length)
    {
        Invariant.Check(start >= 0 && length >= 0 && start + length <= Length, "a slice of what is there");
        return new(_data + _start + start, length);
    }

    /// <summary>As <see cref="Slice"/>, for callers that take only memory; valid until the next write or
    /// slice.</summary>
    public ReadOnlyMemory<byte> SliceMemory(long start, int length)
    {
        Invariant.Check(start >= 0 && length >= 0 && start + length <= Length, "a slice of what is there");
        _slice ??= new NativeSpanManager();
        return _slice.Point(_data + _start + start, length);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int count) => _end += count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_capacity - _end < Math.Max(sizeHint, 64)) Grow(Math.Max(sizeHint, 64));
        return new Span<byte>(_data + _end, (int)Math.Min(_capacity - _end, Array.MaxLength));
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        _memory ??= new NativeSpanManager();
        return _memory.Point(_data + _end, (int)Math.Min(_capacity - _end, Array.MaxLength));
    }

    /// <summary>Removes everything written after the buffer held <paramref name="length"/> bytes.</summary>
    public void Rewind(long length) => _end = _start + length;

    /// <summary>Removes everything, and frees the memory of a large buffer.</summary>
    public void Clear()
    {
        Invariant.Check(_pinned == null, "bytes that the kernel reads are not taken back");
        Reset();
    }

    /// <summary>Frees the memory of a buffer without bytes.</summary>
    public void Trim()
    {
        Invariant.Check(_pinned == null && Length == 0, "a buffer that is freed is empty");
        NativeMemory.Free(_data);
        _data = null;
        _capacity = _start = _end = 0;
    }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        bytes.CopyTo(GetSpan(bytes.Length));
        _end += bytes.Length;
    }

    /// <summary>Appends the first <paramref name="count"/> bytes of <paramref name="other"/>, and removes
    /// them there.</summary>
    public void MoveFrom(OutputBuffer other, long count)
    {
        Invariant.Check(other != this && count >= 0 && count <= other.Length, "bytes that are there move");
        if (count == 0) return;
        if (_capacity - _end < count) Grow(count);
        Buffer.MemoryCopy(other._data + other._start, _data + _end, count, count);
        _end += count;
        other.Take(count);
    }

    /// <summary>Removes <paramref name="count"/> bytes from the front, since the kernel has them.</summary>
    public void Take(long count)
    {
        Invariant.Check(_pinned == null, "bytes that the kernel reads are not taken");
        _start += count;
        if (_start == _end) Reset();
    }

    /// <summary>
    /// Keeps the present bytes at their address until <see cref="Unpin"/>, because the kernel reads them in
    /// the background. More can be written meanwhile, even if that takes a larger block.
    /// </summary>
    public void Pin()
    {
        Invariant.Check(_pinned == null, "one send reads from an output buffer at a time");
        _pinned = _data;
    }

    /// <summary>Ends <see cref="Pin"/>, since the kernel no longer reads.</summary>
    public void Unpin()
    {
        if (_pinned != _data) NativeMemory.Free(_pinned);
        _pinned = null;
    }

    /// <summary>
    /// Exchanges contents with <paramref name="other"/>, so that a transport can keep bytes in place while
    /// the kernel reads them and the core goes on writing.
    /// </summary>
    public void Swap(OutputBuffer other)
    {
        Invariant.Check(_pinned == null && other._pinned == null, "pinned bytes stay where they are");
        byte* data = _data;
        _data = other._data;
        other._data = data;
        (_capacity, other._capacity) = (other._capacity, _capacity);
        (_start, other._start) = (other._start, _start);
        (_end, other._end) = (other._end, _end);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Unpin();
        NativeMemory.Free(_data);
        _data = null;
        _capacity = _start = _end = 0;
    }

    private void Reset()
    {
        _start = _end = 0;
        if (_capacity <= keptBytesMax) return;
        NativeMemory.Free(_data);
        _data = null;
        _capacity = 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(long need)
    {
        long used = _end - _start;
        if (used + need > Math.Max(LengthMax, InitialBytes)) throw new OutputFullException();
        bool movable = _pinned != _data;
        if (movable && _start > 0 && _capacity - used >= need && used <= _start)
        {
            Buffer.MemoryCopy(_data + _start, _data, _capacity, used);
            _start = 0;
            _end = used;
            return;
        }

        long doubled = _capacity + Math.Min(_capacity, GrowthBytesMax);
        long capacity = Math.Max(initialBytes, Math.Max(doubled, used + need));
        if (movable && _start == 0 && _capacity >= RemappedBytesMin)
        {
            // Large blocks are mapped, so that they grow without a copy.
            _data = Allocate(_data, capacity);
            _capacity = capacity;
            return;
        }

        byte* fresh = Allocate(null, capacity);
        Buffer.MemoryCopy(_data + _start, fresh, capacity, used);
        if (movable) NativeMemory.Free(_data);
        _data = fresh;
        _capacity = capacity;
        _start = 0;
        _end = used;
    }

    /// <summary>A reply for which there is no memory counts as one that is too long.</summary>
    private byte* Allocate(byte* block, long bytes)
    {
        try
        {
            return (byte*)NativeMemory.Realloc(block, (nuint)bytes);
        }
        catch (OutOfMemoryException) when (LengthMax != long.MaxValue)
        {
            throw new OutputFullException();
        }
    }

    private sealed class NativeSpanManager : MemoryManager<byte>
    {
        private byte* _pointer;
        private int _length;

        public Memory<byte> Point(byte* pointer, int length)
        {
            _pointer = pointer;
            _length = length;
            return CreateMemory(length);
        }

        public override Span<byte> GetSpan() => new(_pointer, _length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(_pointer + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
