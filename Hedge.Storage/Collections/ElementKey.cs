namespace Hedge.Storage.Collections;

/// <summary>The key that orders an element: two numbers, then bytes.</summary>
/// <param name="high">The first number: a hash, a score's sortable form, an entry's milliseconds.</param>
/// <param name="low">The second: an entry's sequence number.</param>
/// <param name="bytes">A field or member.</param>
internal readonly ref struct ElementKey(ulong high, ulong low, ReadOnlySpan<byte> bytes)
{
    /// <summary>The first number.</summary>
    public ulong High { get; } = high;

    /// <summary>The second number.</summary>
    public ulong Low { get; } = low;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Negative, zero or positive when this key is before, equal to or after another
    /// one.</summary>
    public int CompareTo(in ElementKey other)
    {
        if (High != other.High) return High < other.High ? -1 : 1;
        return Low != other.Low ? Low < other.Low ? -1 : 1 : Bytes.SequenceCompareTo(other.Bytes);
    }
}
