using System.Buffers.Binary;

namespace Hedge.Storage.Runs;

/// <summary>Looks keys up in a verified data block. Allocates nothing and builds no keys.</summary>
/// <remarks>
/// 1. Find the last restart point whose key is not above the wanted key. A restart point's key is stored
///    whole.
/// 2. Walk from there, and remember how many bytes the wanted key shares with the previous entry's key
///    ("matched"). An entry that shares more bytes than that with its predecessor is below the wanted key.
///    One that shares fewer is above it. Bytes are compared only when both are equal.
/// </remarks>
internal static class BlockReader
{
    /// <summary>Finds the entry of <paramref name="key"/>. The entry's value lies in
    /// <paramref name="block"/>.</summary>
    public static bool TryFind(ReadOnlySpan<byte> block, ReadOnlySpan<byte> key, out RunEntry entry)
    {
        int end = EntriesEnd(block);
        int at = SeekRestart(block, key);
        int matched = 0;
        while (at < end)
        {
            EntryHeader header = EntryCodec.Read(block, at);
            if (header.Shared < matched) break;
            if (header.Shared == matched)
            {
                ReadOnlySpan<byte> suffix = block.Slice(header.SuffixAt, header.Suffix);
                ReadOnlySpan<byte> wanted = key[matched..];
                int common = suffix.CommonPrefixLength(wanted);
                if (common == wanted.Length)
                {
                    if (common != suffix.Length) break;
                    entry = ToEntry(block, header, key);
                    return true;
                }

                if (common < suffix.Length && suffix[common] > wanted[common]) break;
                matched += common;
            }

            at = header.End;
        }

        entry = default;
        return false;
    }

    /// <summary>Where the block's last entry ends.</summary>
    public static int EntriesEnd(ReadOnlySpan<byte> block) =>
        (int)BinaryPrimitives.ReadUInt32LittleEndian(block);

    /// <summary>Where to start walking for <paramref name="key"/>: the last restart point not above it, or
    /// the first.</summary>
    public static int SeekRestart(ReadOnlySpan<byte> block, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> table = Restarts(block);
        int low = 0;
        int high = table.Length / sizeof(uint) - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >>> 1;
            EntryHeader header = EntryCodec.Read(block, RestartAt(table, middle));
            if (block.Slice(header.SuffixAt, header.Suffix).SequenceCompareTo(key) <= 0) low = middle;
            else high = middle - 1;
        }

        return RestartAt(table, low);
    }

    /// <summary>The entry of <paramref name="header"/> under the key given.</summary>
    public static RunEntry ToEntry(
        ReadOnlySpan<byte> block, scoped in EntryHeader header, ReadOnlySpan<byte> key)
    {
        return new RunEntry
        {
            Key = key,
            Kind = header.Kind,
            Type = header.Type,
            Encoding = header.Encoding,
            ExpireAt = header.ExpireAt,
            Value = block.Slice(header.ValueAt, header.ValueBytes),
            IsUnresolved = header.IsUnresolved,
            IsReference = header.IsReference,
        };
    }

    /// <summary>The last restart point before a place behind the first entry.</summary>
    public static int RestartBefore(ReadOnlySpan<byte> block, int place)
    {
        ReadOnlySpan<byte> table = Restarts(block);
        int index = table.Length / sizeof(uint) - 1;
        while (RestartAt(table, index) >= place) index--;
        return RestartAt(table, index);
    }

    private static ReadOnlySpan<byte> Restarts(ReadOnlySpan<byte> block)
    {
        int restarts = (int)BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        return block.Slice(
            block.Length - RunFormat.SealBytes - restarts * sizeof(uint), restarts * sizeof(uint));
    }

    private static int RestartAt(ReadOnlySpan<byte> table, int index) =>
        (int)BinaryPrimitives.ReadUInt32LittleEndian(table[(index * sizeof(uint))..]);
}

/// <summary>
/// A position in a block, with the key rebuilt. It remembers only offsets, so the block may move in memory
/// between calls; the caller passes it each time.
/// </summary>
internal sealed class BlockWalker
{
    private byte[] _key = new byte[256];
    private int _keyLength;
    private int _at = RunFormat.BlockHeaderBytes;
    private int _next = RunFormat.BlockHeaderBytes;
    private EntryHeader _header;

    /// <summary>The key at the position; valid until the position changes.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>True on the block's first entry.</summary>
    public bool IsFirst => _at == RunFormat.BlockHeaderBytes;

    /// <summary>True on the block's last entry.</summary>
    public bool IsLast { get; private set; }

    /// <summary>Goes to the place before the first entry of the next block.</summary>
    public void Reset()
    {
        _next = RunFormat.BlockHeaderBytes;
        _keyLength = 0;
    }

    /// <summary>Goes to the next entry; false at the block's end.</summary>
    public bool Next(ReadOnlySpan<byte> block)
    {
        int end = BlockReader.EntriesEnd(block);
        _at = _next;
        if (_next >= end) return false;
        _header = EntryCodec.Read(block, _next);
        int length = _header.Shared + _header.Suffix;
        if (length > _key.Length) Array.Resize(ref _key, Math.Max(length, 2 * _key.Length));
        block.Slice(_header.SuffixAt, _header.Suffix).CopyTo(_key.AsSpan(_header.Shared));
        _keyLength = length;
        _next = _header.End;
        IsLast = _next >= end;
        return true;
    }

    /// <summary>Goes to the first entry whose key is not below <paramref name="key"/>; false when there is
    /// none.</summary>
    public bool Seek(ReadOnlySpan<byte> block, ReadOnlySpan<byte> key)
    {
        _next = BlockReader.SeekRestart(block, key);
        _keyLength = 0;
        while (Next(block))
            if (Key.SequenceCompareTo(key) >= 0) return true;
        return false;
    }

    /// <summary>Goes to the entry before, by way of a restart point; false when there is none.</summary>
    public bool Previous(ReadOnlySpan<byte> block)
    {
        if (IsFirst) return false;
        int place = _at;
        _next = BlockReader.RestartBefore(block, place);
        _keyLength = 0;
        while (Next(block) && _next < place)
        {
        }

        return true;
    }

    /// <summary>Goes to the last entry.</summary>
    public bool Last(ReadOnlySpan<byte> block)
    {
        _at = BlockReader.EntriesEnd(block);
        return Previous(block);
    }

    /// <summary>Goes to the last entry whose key is below <paramref name="key"/>; false when there is
    /// none.</summary>
    public bool SeekBefore(ReadOnlySpan<byte> block, ReadOnlySpan<byte> key)
    {
        Seek(block, key);
        return Previous(block);
    }

    /// <summary>The entry stood on without its value, for which the block is not needed.</summary>
    public RunEntry Head => new()
    {
        Key = Key,
        Kind = _header.Kind,
        Type = _header.Type,
        Encoding = _header.Encoding,
        ExpireAt = _header.ExpireAt,
        IsUnresolved = _header.IsUnresolved,
        IsReference = _header.IsReference,
    };

    /// <summary>The entry stood on.</summary>
    public RunEntry Entry(ReadOnlySpan<byte> block) => BlockReader.ToEntry(block, _header, Key);
}
