using System.Runtime.CompilerServices;

namespace Hedge.Storage.Runs;

/// <summary>An entry's fields before its key suffix and value.</summary>
internal struct EntryHeader
{
    /// <summary>Bytes that the key shares with the key before it in the block.</summary>
    public int Shared;

    /// <summary>Bytes of the key stored here.</summary>
    public int Suffix;

    /// <summary>Where the key suffix begins in the block; the value follows it.</summary>
    public int SuffixAt;

    /// <summary>Bytes of the value.</summary>
    public int ValueBytes;

    /// <summary>See <see cref="RunEntry.ExpireAt"/>.</summary>
    public long ExpireAt;

    /// <summary>Put or tombstone.</summary>
    public RunEntryKind Kind;

    /// <summary>See <see cref="RunEntry.IsUnresolved"/>.</summary>
    public bool IsUnresolved;

    /// <summary>See <see cref="RunEntry.IsReference"/>.</summary>
    public bool IsReference;

    /// <summary>The record's type.</summary>
    public byte Type;

    /// <summary>The record's encoding.</summary>
    public byte Encoding;

    /// <summary>Where the value begins in the block.</summary>
    public readonly int ValueAt => SuffixAt + Suffix;

    /// <summary>Where the next entry begins in the block.</summary>
    public readonly int End => SuffixAt + Suffix + ValueBytes;
}

/// <summary>
/// Entries as bytes (see <see cref="RunFormat"/>). Varints hold seven bits a byte, the lowest first, the top
/// bit set in all but the last.
/// </summary>
internal static class EntryCodec
{
    /// <summary>The most bytes before the key suffix.</summary>
    public const int HeaderBytesMax = 1 + 5 + 5 + 2 + 10 + 5;

    private const byte KindMask = 1;
    private const byte UnresolvedBit = 2;
    private const byte ReferenceBit = 4;

    /// <summary>The bytes of an entry whose key shares <paramref name="shared"/> bytes with the one
    /// before.</summary>
    public static long Measure(in RunEntry entry, int shared)
    {
        int suffix = entry.Key.Length - shared;
        long bytes = 1 + VarintBytes((uint)shared) + VarintBytes((uint)suffix) + suffix;
        if (entry.Kind == RunEntryKind.Tombstone) return bytes;
        return bytes + 2 + VarintBytes((ulong)entry.ExpireAt) + VarintBytes((uint)entry.Value.Length)
            + entry.Value.Length;
    }

    /// <summary>Writes an entry without its value; returns the bytes written.</summary>
    public static int WriteWithoutValue(Span<byte> destination, in RunEntry entry, int shared)
    {
        int at = 0;
        destination[at++] = (byte)((byte)entry.Kind | (entry.IsUnresolved ? UnresolvedBit : 0)
            | (entry.IsReference ? ReferenceBit : 0));
        at += WriteVarint(destination[at..], (uint)shared);
        at += WriteVarint(destination[at..], (uint)(entry.Key.Length - shared));
        if (entry.Kind == RunEntryKind.Put)
        {
            destination[at++] = entry.Type;
            destination[at++] = entry.Encoding;
            at += WriteVarint(destination[at..], (ulong)entry.ExpireAt);
            at += WriteVarint(destination[at..], (uint)entry.Value.Length);
        }

        entry.Key[shared..].CopyTo(destination[at..]);
        return at + entry.Key.Length - shared;
    }

    /// <summary>Reads the fields of the entry at <paramref name="at"/> of a verified block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EntryHeader Read(ReadOnlySpan<byte> block, int at)
    {
        EntryHeader header = default;
        byte kind = block[at++];
        header.Kind = (RunEntryKind)(kind & KindMask);
        header.IsUnresolved = (kind & UnresolvedBit) != 0;
        header.IsReference = (kind & ReferenceBit) != 0;
        header.Shared = (int)ReadVarint(block, ref at);
        header.Suffix = (int)ReadVarint(block, ref at);
        if (header.Kind == RunEntryKind.Put)
        {
            header.Type = block[at++];
            header.Encoding = block[at++];
            header.ExpireAt = (long)ReadVarint(block, ref at);
            header.ValueBytes = (int)ReadVarint(block, ref at);
        }

        header.SuffixAt = at;
        return header;
    }

    private static int VarintBytes(ulong value) =>
        (System.Numerics.BitOperations.Log2(value | 1) + 7) / 7;

    private static int WriteVarint(Span<byte> destination, ulong value)
    {
        int at = 0;
        while (value >= 0x80)
        {
            destination[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[at++] = (byte)value;
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadVarint(ReadOnlySpan<byte> block, ref int at)
    {
        byte first = block[at++];
        return first < 0x80 ? first : ReadLongVarint(block, ref at, first);
    }

    private static ulong ReadLongVarint(ReadOnlySpan<byte> block, ref int at, byte first)
    {
        ulong value = first & 0x7Fu;
        for (int shift = 7; shift < 64; shift += 7)
        {
            byte next = block[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) break;
        }

        return value;
    }
}
