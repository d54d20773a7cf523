using System.Buffers.Binary;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Commands;

/// <summary>
/// Keys or elements collected for a reply, whose number must be known before the first of them is written.
/// Copies, in blocks: (length: i32, byte*)*.
/// </summary>
internal sealed class WordList
{
    private const int BlockBytesMin = 1024;
    private const int BlockBytesMax = 1024 * 1024;

    // More than that is not one reply.
    private const int BlocksMax = 2048;

    private readonly List<(byte[] Bytes, int Length)> _full = [];
    private byte[] _block = [];
    private int _length;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a copy of a word.</summary>
    public void Add(ReadOnlySpan<byte> word)
    {
        int need = sizeof(int) + word.Length;
        if (_block.Length - _length < need) NextBlock(need);
        BinaryPrimitives.WriteInt32LittleEndian(_block.AsSpan(_length), word.Length);
        word.CopyTo(_block.AsSpan(_length + sizeof(int)));
        _length += need;
        Count++;
    }

    /// <summary>Replies with the words as an array.</summary>
    public void Reply(RespWriter reply)
    {
        reply.ArrayHeader(Count);
        foreach ((byte[] bytes, int length) in _full) Write(reply, bytes.AsSpan(0, length));
        Write(reply, _block.AsSpan(0, _length));
    }

    private static void Write(RespWriter reply, ReadOnlySpan<byte> words)
    {
        while (TryTake(ref words, out ReadOnlySpan<byte> word)) reply.Bulk(word);
    }

    private static bool TryTake(ref ReadOnlySpan<byte> words, out ReadOnlySpan<byte> word)
    {
        word = default;
        if (words.IsEmpty) return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(words);
        word = words.Slice(sizeof(int), length);
        words = words[(sizeof(int) + length)..];
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
