using System.Buffers.Binary;

namespace Hedge.Storage.Collections;

/// <summary>
/// Orders the members of a sorted set by their hash values, as <see cref="MemberOrder"/> does, to find their
/// scores.
/// <code>
/// element := length member{length} score:f64                              little-endian
/// </code>
/// </summary>
internal readonly struct ScoredMemberOrder : IElementOrder
{
    private const int ScoreBytes = sizeof(double);

    /// <inheritdoc/>
    public static bool IsSorted => false;

    /// <inheritdoc/>
    public static bool HasKeys => true;

    /// <inheritdoc/>
    public static int SeparatorBytes => HashSeparators.Bytes;

    /// <summary>The score of the bytes' first element.</summary>
    public static double Score(ReadOnlySpan<byte> at) =>
        BinaryPrimitives.ReadDoubleLittleEndian(at[ElementCodec.EndOfBytes(at, 0)..]);

    /// <inheritdoc/>
    public static int ElementLength(ReadOnlySpan<byte> at) => ElementCodec.EndOfBytes(at, 0) + ScoreBytes;

    /// <inheritdoc/>
    public static bool TryMeasure(ReadOnlySpan<byte> at, out int length)
    {
        length = 0;
        return ElementCodec.TrySkip(at, ref length, ScoreBytes);
    }

    /// <inheritdoc/>
    public static ElementKey KeyOf(ReadOnlySpan<byte> at, ulong seed) => MemberOrder.KeyOf(at, seed);

    /// <inheritdoc/>
    public static bool IsAt(ReadOnlySpan<byte> at, in ElementKey key) => MemberOrder.IsAt(at, key);

    /// <inheritdoc/>
    public static int SeparatorLength(ReadOnlySpan<byte> at) => HashSeparators.Bytes;

    /// <inheritdoc/>
    public static ElementKey SeparatorKey(ReadOnlySpan<byte> at) => HashSeparators.Key(at);

    /// <inheritdoc/>
    public static int SeparatorBytesMax(in ElementKey after) => HashSeparators.Bytes;

    /// <inheritdoc/>
    public static int Separate(in ElementKey before, in ElementKey after, Span<byte> target) =>
        HashSeparators.Separate(after, target);
}
