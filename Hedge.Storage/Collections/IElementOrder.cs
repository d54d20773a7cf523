namespace Hedge.Storage.Collections;

/// <summary>What a tree must know of its elements: how long they are, and what orders them.</summary>
internal interface IElementOrder
{
    /// <summary>True when elements have keys and stand in a leaf in their order; false when they stand in a
    /// leaf as they came.</summary>
    static abstract bool IsSorted { get; }

    /// <summary>True when elements have keys, false when their positions are all.</summary>
    static abstract bool HasKeys { get; }

    /// <summary>The length of every separator; 0 for none; -1 when they differ in length.</summary>
    static abstract int SeparatorBytes { get; }

    /// <summary>The length of the element at the beginning of the bytes.</summary>
    static abstract int ElementLength(ReadOnlySpan<byte> at);

    /// <summary>The key of the element at the beginning of the bytes.</summary>
    /// <param name="at">The bytes.</param>
    /// <param name="seed">What the collection's hashes begin with.</param>
    static abstract ElementKey KeyOf(ReadOnlySpan<byte> at, ulong seed);

    /// <summary>True when the element at the beginning of the bytes has a key with these bytes.</summary>
    static abstract bool IsAt(ReadOnlySpan<byte> at, in ElementKey key);

    /// <summary>The length of the separator at the beginning of the bytes.</summary>
    static abstract int SeparatorLength(ReadOnlySpan<byte> at);

    /// <summary>The key that a separator stands for: no element of its child, or of those behind it, is
    /// before it.</summary>
    static abstract ElementKey SeparatorKey(ReadOnlySpan<byte> at);

    /// <summary>The most bytes of a separator of two neighbours.</summary>
    static abstract int SeparatorBytesMax(in ElementKey before, in ElementKey after);

    /// <summary>Writes the shortest separator of two neighbours: after the first one, not after the
    /// second.</summary>
    /// <returns>Its length.</returns>
    static abstract int Separate(in ElementKey before, in ElementKey after, Span<byte> target);
}
