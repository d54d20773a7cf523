using System.Buffers.Binary;

namespace Hedge.Storage.Collections;

/// <summary>
/// Separators of keys that are a number and bytes.
/// <code>
/// separator := high:u64 length bytes{length}                              little-endian
/// </code>
/// A separator has bytes only between two keys with the same number, and no more than are needed to tell them
/// apart.
/// </summary>
internal static class KeySeparators
{
    private const int NumberBytes = sizeof(ulong);

    /// <summary>See <see cref="IElementOrder.SeparatorLength"/>.</summary>
    public static int Length(ReadOnlySpan<byte> at) => ElementCodec.EndOfBytes(at, NumberBytes);

    /// <summary>See <see cref="IElementOrder.SeparatorKey"/>.</summary>
    public static ElementKey Key(ReadOnlySpan<byte> at) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(at), ElementCodec.ReadBytes(at, NumberBytes));

    /// <summary>See <see cref="IElementOrder.SeparatorBytesMax"/>.</summary>
    public static int BytesMax(in ElementKey after) =>
        NumberBytes + ElementCodec.LengthBytesMax + after.Bytes.Length;

    /// <summary>See <see cref="IElementOrder.Separate"/>.</summary>
    public static int Separate(in ElementKey before, in ElementKey after, Span<byte> target)
    {
        ReadOnlySpan<byte> bytes = BytesThatDiffer(before, after);
        BinaryPrimitives.WriteUInt64LittleEndian(target, after.High);
        int at = NumberBytes;
        ElementCodec.WriteLength(target, ref at, bytes.Length);
        bytes.CopyTo(target[at..]);
        return at + bytes.Length;
    }

    private static ReadOnlySpan<byte> BytesThatDiffer(in ElementKey before, in ElementKey after)
    {
        if (before.High != after.High || after.Bytes.IsEmpty) return default;
        return after.Bytes[..(before.Bytes.CommonPrefixLength(after.Bytes) + 1)];
    }
}
