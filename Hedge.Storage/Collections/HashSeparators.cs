using System.Buffers.Binary;

namespace Hedge.Storage.Collections;

/// <summary>
/// Separators of elements that are ordered by a hash.
/// <code>
/// separator := hash:u64                                                   little-endian
/// </code>
/// Elements with the same hash stand in the same leaf. The hash has a seed that nobody knows, so there are
/// never many.
/// </summary>
internal static class HashSeparators
{
    /// <summary>A separator's length.</summary>
    public const int Bytes = sizeof(ulong);

    /// <summary>See <see cref="IElementOrder.SeparatorKey"/>.</summary>
    public static ElementKey Key(ReadOnlySpan<byte> at) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(at), default);

    /// <summary>See <see cref="IElementOrder.Separate"/>.</summary>
    public static int Separate(in ElementKey after, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, after.High);
        return Bytes;
    }
}
