namespace Hedge.Storage.Collections;

/// <summary>
/// The elements of a list. Only their positions order them.
/// <code>
/// element := length bytes{length}
/// </code>
/// </summary>
internal readonly struct PositionOrder : IElementOrder
{
    /// <inheritdoc/>
    public static bool IsSorted => false;

    /// <inheritdoc/>
    public static bool HasKeys => false;

    /// <inheritdoc/>
    public static int SeparatorBytes => 0;

    /// <inheritdoc/>
    public static int ElementLength(ReadOnlySpan<byte> at) => ElementCodec.EndOfBytes(at, 0);

    /// <inheritdoc/>
    public static bool TryMeasure(ReadOnlySpan<byte> at, out int length)
    {
        length = 0;
        return ElementCodec.TrySkip(at, ref length);
    }

    /// <inheritdoc/>
    public static ElementKey KeyOf(ReadOnlySpan<byte> at, ulong seed) => default;

    /// <inheritdoc/>
    public static bool IsAt(ReadOnlySpan<byte> at, in ElementKey key) => false;

    /// <inheritdoc/>
    public static int SeparatorLength(ReadOnlySpan<byte> at) => 0;

    /// <inheritdoc/>
    public static ElementKey SeparatorKey(ReadOnlySpan<byte> at) => default;

    /// <inheritdoc/>
    public static int SeparatorBytesMax(in ElementKey after) => 0;

    /// <inheritdoc/>
    public static int Separate(in ElementKey before, in ElementKey after, Span<byte> target) => 0;
}
