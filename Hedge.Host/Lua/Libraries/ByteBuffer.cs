using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>Bytes that become a string. What it takes is charged to the machine as it grows.</summary>
internal sealed class ByteBuffer(LuaMemory memory) : IMemoryHolder
{
    private const int BytesMax = int.MaxValue / 2;

    private byte[] _bytes = [];

    /// <summary>How many bytes there are.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    /// <inheritdoc/>
    public void Count(MemoryCount count) => count.Add(_bytes.Length);

    public void Clear() => Length = 0;

    public void Add(byte b) => Extend(1)[0] = b;

    public void Add(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Extend(bytes.Length));

    /// <summary>Adds bytes that the caller fills.</summary>
    public Span<byte> Extend(int count)
    {
        long needed = (long)Length + count;
        if (needed > _bytes.Length) Grow(needed);
        Span<byte> added = _bytes.AsSpan(Length, count);
        Length += count;
        return added;
    }

    /// <summary>A string of the bytes.</summary>
    public LuaString ToLuaString()
    {
        if (Length > 1) memory.Charge(LuaString.BytesFor(Length));
        return LuaString.Of(Span);
    }

    private void Grow(long needed)
    {
        if (needed > BytesMax) throw new LuaMemoryException();
        long size = Math.Min(Math.Max(needed, Math.Max(64, 2L * _bytes.Length)), BytesMax);
        memory.Charge(size - _bytes.Length);
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)size);
        Span.CopyTo(bytes);
        _bytes = bytes;
    }
}
