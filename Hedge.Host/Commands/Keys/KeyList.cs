using System.Buffers.Binary;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Commands.Keys;

/// <summary>
/// Keys collected for a reply, whose number must be known before the first of them is written. Copies, in
/// blocks: (length: i32, byte*)*.
/// </summary>
internal sealed class KeyList
{
    private const int BlockBytesMin = 1024;
    private const int BlockBytesMax = 1024 * 1024;

    // More keys than that are not one reply.
    private const int BlocksMax = 2048;

    private readonly List<(byte[] Bytes, int Length)> _full = [];
    private byte[] _block = [];
    private int _length;

    /// <summary>Number of keys.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a copy of a key.</summary>
    public void Add(ReadOnlySpan<byte> key)
    {
        int need = sizeof(int) + key.Length;
        if (_block.Length - _length < need) NextBlock(need);
        BinaryPrimitives.WriteInt32LittleEndian(_block.AsSpan(_length), key.Length);
        key.CopyTo(_block.AsSpan(_length + sizeof(int)));
        _length += need;
        Count++;
    }

    /// <summary>Replies with the keys as an array.</summary>
    public void Reply(RespWriter reply)
    {
        reply.ArrayHeader(Count);
        foreach ((byte[] bytes, int length) in _full) Write(reply, bytes.AsSpan(0, length));
        Write(reply, _block.AsSpan(0, _length));
    }

    private static void Write(RespWriter reply, ReadOnlySpan<byte> keys)
    {
        while (TryTake(ref keys, out ReadOnlySpan<byte> key)) reply.Bulk(key);
    }

    private static bool TryTake(ref ReadOnlySpan<byte> keys, out ReadOnlySpan<byte> key)
    {
        key = default;
        if (keys.IsEmpty) return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(keys);
        key = keys.Slice(sizeof(int), length);
        keys = keys[(sizeof(int) + length)..];
        return true;
    }

    private void NextBlock(int need)
    {
        if (_length > 0) _full.Add((_block, _length));
        if (_full.Count > BlocksMax) throw new OutputFullException();
        int size = Math.Clamp(_block.Length * 2, BlockBytesMin, BlockBytesMax);
        _block = new byte[Math.Max(size, need)];
        _length = 0;
    }
}
