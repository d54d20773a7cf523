namespace Hedge.Storage.Collections;

/// <summary>
/// Orders the fields of a hash by their hash values, so that they can be found by name and walked in an
/// order that does not change. In a leaf they stand in the order of insertion.
/// <code>
/// element := head field{head / 2} [ expireAt:u64, when head is odd ] length value{length}
/// head    := the field's length twice, plus 1 with an expiry
/// </code>
/// </summary>
internal readonly struct FieldOrder : IElementOrder
{
    /// <summary>Bytes of an expiry.</summary>
    public const int ExpiryBytes = sizeof(long);

    /// <inheritdoc/>
    public static bool IsSorted => false;

    /// <inheritdoc/>
    public static bool HasKeys => true;

    /// <inheritdoc/>
    public static int SeparatorBytes => HashSeparators.Bytes;

    /// <inheritdoc/>
    public static int ElementLength(ReadOnlySpan<byte> at)
    {
        int end = 0;
        int head = ElementCodec.ReadLength(at, ref end);
        end += (int)((uint)head >> 1) + ((head & 1) * ExpiryBytes);
        return ElementCodec.EndOfBytes(at, end);
    }

    /// <inheritdoc/>
    public static bool TryMeasure(ReadOnlySpan<byte> at, out int length)
    {
        length = 0;
        if (!ElementCodec.TryReadLength(at, ref length, out uint head)) return false;
        long field = (head >> 1) + ((head & 1) * (long)ExpiryBytes);
        if (field > at.Length - length) return false;
        length += (int)field;
        return ElementCodec.TrySkip(at, ref length);
    }

    /// <inheritdoc/>
    public static ElementKey KeyOf(ReadOnlySpan<byte> at, ulong seed) =>
        MemberOrder.KeyOfMember(Field(at), seed);

    /// <inheritdoc/>
    public static bool IsAt(ReadOnlySpan<byte> at, in ElementKey key) => Field(at).SequenceEqual(key.Bytes);

    /// <inheritdoc/>
    public static int SeparatorLength(ReadOnlySpan<byte> at) => HashSeparators.Bytes;

    /// <inheritdoc/>
    public static ElementKey SeparatorKey(ReadOnlySpan<byte> at) => HashSeparators.Key(at);

    /// <inheritdoc/>
    public static int SeparatorBytesMax(in ElementKey after) => HashSeparators.Bytes;

    /// <inheritdoc/>
    public static int Separate(in ElementKey before, in ElementKey after, Span<byte> target) =>
        HashSeparators.Separate(after, target);

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> at)
    {
        int start = 0;
        int head = ElementCodec.ReadLength(at, ref start);
        return at.Slice(start, (int)((uint)head >> 1));
    }
}
