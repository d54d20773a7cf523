using System.Buffers.Binary;

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

    /// <summary>Writes an entry without its separator.</summary>
    public static void Write(Span<byte> target, uint child, long count)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, child);
        BinaryPrimitives.WriteUInt32LittleEndian(target[CountAt..], (uint)count);
    }
}
