namespace Hedge.Storage.Collections;

/// <summary>
/// Orders elements by the bytes of their keys. A key that begins another one is before it.
/// <code>
/// element   := length key{length} length value{length}
/// separator := length bytes{length}
/// </code>
/// A separator has no more bytes of a key than are needed to tell it from the key before it.
/// </summary>
internal readonly struct KeyOrder : IElementOrder
{
    /// <inheritdoc/>
    public static bool IsSorted => true;

    /// <inheritdoc/>
    public static bool HasKeys => true;

    /// <inheritdoc/>
    public static int SeparatorBytes => -1;

    /// <inheritdoc/>
    public static int ElementLength(ReadOnlySpan<byte> at) =>
        ElementCodec.EndOfBytes(at, ElementCodec.EndOfBytes(at, 0));

    /// <inheritdoc/>
    public static bool TryMeasure(ReadOnlySpan<byte> at, out int length)
    {
        length = 0;
        return ElementCodec.TrySkip(at, ref length) && ElementCodec.TrySkip(at, ref length);
    }

    /// <inheritdoc/>
    public static ElementKey KeyOf(ReadOnlySpan<byte> at, ulong seed) =>
        new(0, ElementCodec.ReadBytes(at, 0));

    /// <inheritdoc/>
    public static bool IsAt(ReadOnlySpan<byte> at, in ElementKey key) =>
        ElementCodec.ReadBytes(at, 0).SequenceEqual(key.Bytes);

    /// <inheritdoc/>
    public static int SeparatorLength(ReadOnlySpan<byte> at) => ElementCodec.EndOfBytes(at, 0);

    /// <inheritdoc/>
    public static ElementKey SeparatorKey(ReadOnlySpan<byte> at) => new(0, ElementCodec.ReadBytes(at, 0));

    /// <inheritdoc/>
    public static int SeparatorBytesMax(in ElementKey after) =>
        ElementCodec.LengthBytesMax + after.Bytes.Length;

    /// <inheritdoc/>
    public static int Separate(in ElementKey before, in ElementKey after, Span<byte> target)
    {
        ReadOnlySpan<byte> bytes = after.Bytes;
        bytes = bytes[..Math.Min(before.Bytes.CommonPrefixLength(bytes) + 1, bytes.Length)];
        int at = 0;
        ElementCodec.WriteLength(target, ref at, bytes.Length);
        bytes.CopyTo(target[at..]);
        return at + bytes.Length;
    }

    /// <summary>The value of the bytes' first element.</summary>
    public static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> at) =>
        ElementCodec.ReadBytes(at, ElementCodec.EndOfBytes(at, 0));
}
