namespace Hedge.Storage.Values;

/// <summary>
/// The place of a large value in a log, in 8 bytes: core (7 bits), segment number (26), offset in the file
/// (31). 0 is nowhere. A place with the offset 0 is a token for a value whose log record is not committed
/// yet.
/// </summary>
internal readonly record struct ValuePlace(ulong Bits)
{
    private const int CoreShift = 57;
    private const int NumberShift = 31;
    private const ulong CoresMax = 1UL << 7;
    private const ulong NumberMask = (1UL << 26) - 1;
    private const ulong OffsetMask = (1UL << NumberShift) - 1;

    /// <summary>True for a place in a file.</summary>
    public bool IsKnown => (Bits & OffsetMask) != 0;

    /// <summary>The file.</summary>
    public ValueFileId File => new((int)(Bits >> CoreShift), (Bits >> NumberShift) & NumberMask);

    /// <summary>The offset in the file.</summary>
    public uint Offset => (uint)(Bits & OffsetMask);

    /// <summary>Makes a place. Nowhere when 8 bytes cannot hold it; then the value is written into its
    /// run.</summary>
    public static ValuePlace At(int core, ulong number, long offset) =>
        (ulong)core >= CoresMax || number > NumberMask || offset <= 0 || (ulong)offset > OffsetMask
            ? default
            : new ValuePlace(((ulong)core << CoreShift) | (number << NumberShift) | (ulong)offset);

    /// <summary>The token with a number from 0 on.</summary>
    public static ValuePlace Token(int number) => new(((ulong)number + 1) << NumberShift);
}
