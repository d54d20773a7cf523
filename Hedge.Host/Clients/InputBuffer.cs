using System.Runtime.InteropServices;

namespace Hedge.Host.Clients;

/// <summary>
/// Bytes a client has sent that could not be run yet: an unfinished request, or requests behind one that
/// waits. Contiguous native memory; owned by the connection's core.
/// </summary>
internal sealed unsafe class InputBuffer : IDisposable
{
    private const int InitialBytes = 16 * 1024;
    private const int RetainedBytes = 64 * 1024;

    // SAFETY: _data has _capacity bytes; 0 <= _start <= _end <= _capacity;
    // moved only by Append and EnsureCapacity.
    private byte* _data;
    private int _capacity;
    private int _start;
    private int _end;

    public int Length => _end - _start;

    public int Capacity => _capacity;

    public byte* Head => _data + _start;

    public void Append(ReadOnlySpan<byte> data)
    {
        EnsureCapacity(Length + data.Length);
        data.CopyTo(new Span<byte>(_data + _end, _capacity - _end));
        _end += data.Length;
    }

    /// <summary>Makes room for <paramref name="bytes"/> bytes in all,
    /// so that a long argument is not copied twice.</summary>
    public void EnsureCapacity(int bytes)
    {
        if (_capacity - _start >= bytes) return;
        if (_capacity >= bytes && _start >= Length)
        {
            Buffer.MemoryCopy(Head, _data, _capacity, Length);
        }
        else
        {
            long wanted = Math.Max(InitialBytes, Math.Max(bytes, (long)_capacity * 2));
            int capacity = (int)Math.Min(wanted, Array.MaxLength);
            byte* fresh = (byte*)NativeMemory.Alloc((nuint)Math.Max(capacity, bytes));
            Buffer.MemoryCopy(Head, fresh, capacity, Length);
            NativeMemory.Free(_data);
            _data = fresh;
            _capacity = Math.Max(capacity, bytes);
        }

        _end = Length;
        _start = 0;
    }

    public void Consume(int bytes)
    {
        _start += bytes;
        if (_start != _end) return;
        _start = _end = 0;
        if (_capacity > RetainedBytes) Dispose();
    }

    public void Clear() => Consume(Length);

    public void Dispose()
    {
        NativeMemory.Free(_data);
        _data = null;
        _capacity = _start = _end = 0;
    }
}
