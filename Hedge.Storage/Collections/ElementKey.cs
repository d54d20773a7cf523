namespace Hedge.Storage.Collections;

/// <summary>The key that orders an element: a number, then bytes.</summary>
/// <param name="high">The number: a hash, or a score's sortable form.</param>
/// <param name="bytes">A field or member.</param>
internal readonly ref struct ElementKey(ulong high, ReadOnlySpan<byte> bytes)
{
    /// <summary>The number.</summary>
    public ulong High { get; } = high;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Negative, zero or positive when this key is before, equal to or after another
    /// one.</summary>
    public int CompareTo(in ElementKey other)
    {
        int order = High.CompareTo(other.High);
        return order != 0 ? order : Bytes.SequenceCompareTo(other.Bytes);
    }
}
