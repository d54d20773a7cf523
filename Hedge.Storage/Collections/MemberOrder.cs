using Hedge.Storage.Keys;

namespace Hedge.Storage.Collections;

/// <summary>
/// Orders the members of a set by their hash values, as <see cref="FieldOrder"/> does.
/// <code>
/// element := length member{length}
/// </code>
/// </summary>
internal readonly struct MemberOrder : IElementOrder
{
    /// <inheritdoc/>
    public static bool IsSorted => false;

    /// <inheritdoc/>
    public static bool HasKeys => true;

    /// <inheritdoc/>
    public static int SeparatorBytes => HashSeparators.Bytes;

    /// <summary>The key of a member or field.</summary>
    public static ElementKey KeyOfMember(ReadOnlySpan<byte> member, ulong seed) =>
        new(KeyHash.Compute(seed, member), member);

    /// <inheritdoc/>
    public static int ElementLength(ReadOnlySpan<byte> at) => ElementCodec.EndOfBytes(at, 0);

    /// <inheritdoc/>
    public static bool TryMeasure(ReadOnlySpan<byte> at, out int length)
    {
        length = 0;
        return ElementCodec.TrySkip(at, ref length);
    }

    /// <inheritdoc/>
    public static ElementKey KeyOf(ReadOnlySpan<byte> at, ulong seed) => KeyOfMember(Member(at), seed);

    /// <inheritdoc/>
    public static bool IsAt(ReadOnlySpan<byte> at, in ElementKey key) => Member(at).SequenceEqual(key.Bytes);

    /// <inheritdoc/>
    public static int SeparatorLength(ReadOnlySpan<byte> at) => HashSeparators.Bytes;

    /// <inheritdoc/>
    public static ElementKey SeparatorKey(ReadOnlySpan<byte> at) => HashSeparators.Key(at);

    /// <inheritdoc/>
    public static int SeparatorBytesMax(in ElementKey after) => HashSeparators.Bytes;

    /// <inheritdoc/>
    public static int Separate(in ElementKey before, in ElementKey after, Span<byte> target) =>
        HashSeparators.Separate(after, target);

    private static ReadOnlySpan<byte> Member(ReadOnlySpan<byte> at) => ElementCodec.ReadBytes(at, 0);
}
