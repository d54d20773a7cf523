using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Hedge.Storage.Collections;

/// <summary>
/// An inner node's entries, one after the other, little-endian.
/// <code>
/// entry := child:u32 count:u32 separator
/// </code>
/// <c>count</c> is the number of elements below the child. The first entry's separator may be after
/// elements of its child: everything before the second separator belongs to the first entry.
/// </summary>
internal static class InnerEntry
{
    /// <summary>Bytes before the separator.</summary>
    public const int HeaderBytes = 8;

    /// <summary>The offset of the count.</summary>
    public const int CountAt = 4;

    /// <summary>The most elements of a tree.</summary>
    public const long CountMax = uint.MaxValue;

    /// <summary>The child of the bytes' first entry.</summary>
    public static uint Child(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadUInt32LittleEndian(entry);

    /// <summary>The number of elements below it.</summary>
    public static uint Count(ReadOnlySpan<byte> entry) =>
        BinaryPrimitives.ReadUInt32LittleEndian(entry[CountAt..]);

    /// <summary>Adds up the counts of entries without separators.</summary>
    public static long SumOfCounts(ReadOnlySpan<ulong> entries)
    {
        Vector128<ulong> sums = default;
        int at = 0;
        for (; at <= entries.Length - Vector128<ulong>.Count; at += Vector128<ulong>.Count)
            sums += Vector128.Create(entries[at..]) >> (8 * CountAt);
        ulong sum = Vector128.Sum(sums);
        if (at < entries.Length) sum += entries[at] >> (8 * CountAt);
        return (long)sum;
    }

    /// <summary>Writes an entry without its separator.</summary>
    public static void Write(Span<byte> target, uint child, long count)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, child);
        BinaryPrimitives.WriteUInt32LittleEndian(target[CountAt..], (uint)count);
    }
}
