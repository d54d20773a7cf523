using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hedge.Storage.Io;

/// <summary>
/// Bytes on their way to one client: a growable native buffer, written at the end by the core that owns the
/// connection and taken from the front by its transport. Not thread-safe.
/// </summary>
public sealed unsafe class OutputBuffer : IBufferWriter<byte>, IDisposable
{
    /// <summary>The capacity of a fresh or an emptied buffer, in bytes.</summary>
    public const int InitialBytes = 16 * 1024;

    // SAFETY: _data is allocated with _capacity bytes and freed by its owner only; _start <= _end <=
    // _capacity. A pinned block is neither moved, overwritten nor freed before Unpin; _pinned is null,
    // _data or an older block.
    private byte* _data;
    private byte* _pinned;
    private int _capacity;
    private int _start;
    private int _end;
    private NativeSpanManager? _memory;

    /// <summary>Bytes written and not yet taken.</summary>
    public int Length
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _end - _start;
    }

    /// <summary>Bytes of native memory held.</summary>
    public int Capacity => _capacity;

    /// <summary>The first byte not yet taken; valid until the next write.</summary>
    public byte* Head => _data + _start;

    /// <summary>The bytes not yet taken; valid until the next write.</summary>
    public ReadOnlySpan<byte> Unread => new(_data + _start, _end - _start);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int count) => _end += count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_capacity - _end < Math.Max(sizeHint, 64)) Grow(Math.Max(sizeHint, 64));
        return new Span<byte>(_data + _end, _capacity - _end);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        _memory ??= new NativeSpanManager();
        return _memory.Point(_data + _end, _capacity - _end);
    }

    /// <summary>Takes back everything written after the buffer held <paramref name="length"/>
    /// bytes.</summary>
    public void Rewind(int length) => _end = _start + length;

    /// <summary>Removes <paramref name="count"/> bytes from the front: the kernel has them.</summary>
    public void Take(int count)
    {
        Invariant.Check(_pinned == null, "bytes that the kernel reads are not taken");
        _start += count;
        if (_start == _end) Reset();
    }

    /// <summary>
    /// Keeps the bytes that stand here now at their address until <see cref="Unpin"/>, because the kernel
    /// reads them in the background. More can be written meanwhile, also when that takes a larger block.
    /// </summary>
    public void Pin()
    {
        Invariant.Check(_pinned == null, "one send reads from an output buffer at a time");
        _pinned = _data;
    }

    /// <summary>The kernel no longer reads: ends <see cref="Pin"/>.</summary>
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
        if (_capacity <= 8 * InitialBytes) return;
        NativeMemory.Free(_data);
        _data = null;
        _capacity = 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int need)
    {
        int used = _end - _start;
        if (_pinned != _data && _start > 0 && _capacity - used >= need && used <= _start)
        {
            Buffer.MemoryCopy(_data + _start, _data, _capacity, used);
            _start = 0;
            _end = used;
            return;
        }

        long wanted = Math.Max(InitialBytes, Math.Max((long)_capacity * 2, (long)used + need));
        int capacity = (int)Math.Min(wanted, Array.MaxLength);
        Invariant.Check((long)used + need <= capacity, "an output buffer stays below 2 GiB");
        byte* fresh = (byte*)NativeMemory.Alloc((nuint)capacity);
        Buffer.MemoryCopy(_data + _start, fresh, capacity, used);
        if (_pinned != _data) NativeMemory.Free(_data);
        _data = fresh;
        _capacity = capacity;
        _start = 0;
        _end = used;
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
