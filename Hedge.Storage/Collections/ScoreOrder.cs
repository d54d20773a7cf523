using System.Buffers.Binary;

namespace Hedge.Storage.Collections;

/// <summary>
/// Orders the members of a sorted set by their scores, and members with the same score by their bytes.
/// <code>
/// element := score:f64 length member{length}                              little-endian
/// </code>
/// </summary>
internal readonly struct ScoreOrder : IElementOrder
{
    /// <summary>Bytes of a score.</summary>
    public const int ScoreBytes = sizeof(double);

    private const ulong Sign = 1UL << 63;

    /// <inheritdoc/>
    public static bool IsSorted => true;

    /// <inheritdoc/>
    public static bool HasKeys => true;

    /// <inheritdoc/>
    public static int SeparatorBytes => -1;

    /// <summary>A number with the same order as scores. 0 and −0 are equal.</summary>
    public static ulong Sortable(double score)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(score == 0 ? 0 : score);
        return (bits & Sign) != 0 ? ~bits : bits | Sign;
    }

    /// <inheritdoc/>
    public static int ElementLength(ReadOnlySpan<byte> at) => ElementCodec.EndOfBytes(at, ScoreBytes);

    /// <inheritdoc/>
    public static bool TryMeasure(ReadOnlySpan<byte> at, out int length)
    {
        length = ScoreBytes;
        return at.Length > ScoreBytes && ElementCodec.TrySkip(at, ref length);
    }

    /// <inheritdoc/>
    public static ElementKey KeyOf(ReadOnlySpan<byte> at, ulong seed) => new(
        Sortable(BinaryPrimitives.ReadDoubleLittleEndian(at)), ElementCodec.ReadBytes(at, ScoreBytes));

    /// <inheritdoc/>
    public static bool IsAt(ReadOnlySpan<byte> at, in ElementKey key) => KeyOf(at, 0).CompareTo(key) == 0;

    /// <inheritdoc/>
    public static int SeparatorLength(ReadOnlySpan<byte> at) => KeySeparators.Length(at);

    /// <inheritdoc/>
    public static ElementKey SeparatorKey(ReadOnlySpan<byte> at) => KeySeparators.Key(at);

    /// <inheritdoc/>
    public static int SeparatorBytesMax(in ElementKey after) => KeySeparators.BytesMax(after);

    /// <inheritdoc/>
    public static int Separate(in ElementKey before, in ElementKey after, Span<byte> target) =>
        KeySeparators.Separate(before, after, target);
}
