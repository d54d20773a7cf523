namespace Hedge.Storage.Collections;

/// <summary>What a tree must know of its elements: their length and their order.</summary>
internal interface IElementOrder
{
    /// <summary>True when elements have keys and a leaf is sorted by them; false when a leaf has them in
    /// the order of insertion.</summary>
    static abstract bool IsSorted { get; }

    /// <summary>True when elements have keys; false when only their positions order
    /// them.</summary>
    static abstract bool HasKeys { get; }

    /// <summary>The length of every separator; 0 for none; -1 when lengths differ.</summary>
    static abstract int SeparatorBytes { get; }

    /// <summary>The length of the bytes' first element.</summary>
    static abstract int ElementLength(ReadOnlySpan<byte> at);

    /// <summary>The length of the first element of bytes that come from outside; false when they do not begin
    /// with a whole one.</summary>
    static abstract bool TryMeasure(ReadOnlySpan<byte> at, out int length);

    /// <summary>The key of the bytes' first element.</summary>
    /// <param name="at">The bytes.</param>
    /// <param name="seed">The seed of the collection's hashes.</param>
    static abstract ElementKey KeyOf(ReadOnlySpan<byte> at, ulong seed);

    /// <summary>True when the key of the bytes' first element has these bytes.</summary>
    static abstract bool IsAt(ReadOnlySpan<byte> at, in ElementKey key);

    /// <summary>The length of the bytes' first separator.</summary>
    static abstract int SeparatorLength(ReadOnlySpan<byte> at);

    /// <summary>The key that a separator stands for. No element of its child or of later children is before
    /// it.</summary>
    static abstract ElementKey SeparatorKey(ReadOnlySpan<byte> at);

    /// <summary>The most bytes of a separator before an element with a key.</summary>
    static abstract int SeparatorBytesMax(in ElementKey after);

    /// <summary>Writes the shortest separator between two neighbours: after the first, but not after the
    /// second.</summary>
    /// <returns>Its length.</returns>
    static abstract int Separate(in ElementKey before, in ElementKey after, Span<byte> target);
}
