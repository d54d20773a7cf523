namespace Hedge.Host.Commands.Bitmaps;

/// <summary>A range of bits, both ends included; empty when the first is greater than the last.</summary>
internal readonly record struct BitRange(long First, long Last)
{
    /// <summary>True when there is no bit in the range.</summary>
    public bool IsEmpty => First > Last;

    /// <summary>All bits of a value.</summary>
    public static BitRange Whole(long bytes) => new(0, (bytes << 3) - 1);

    /// <summary>
    /// The bits from <paramref name="start"/> to <paramref name="end"/>, counted in bytes or bits, negative
    /// ones from the end of a value of <paramref name="length"/> bytes.
    /// </summary>
    public static BitRange From(long start, long end, bool inBits, long length)
    {
        long total = inBits ? length << 3 : length;
        if (start < 0) start = Math.Max(total + start, 0);
        if (end < 0) end = Math.Max(total + end, 0);
        end = Math.Min(end, total - 1);
        if (start > end) return new BitRange(1, 0);
        return inBits ? new BitRange(start, end) : new BitRange(start << 3, (end << 3) + 7);
    }

    /// <summary>Reads BIT or BYTE; false after replying with an error.</summary>
    public static bool TryUnit(CommandContext context, int index, out bool inBits)
    {
        inBits = context.Is(index, "BIT"u8);
        if (inBits || context.Is(index, "BYTE"u8)) return true;
        context.Reply.Error(ErrorText.Syntax);
        return false;
    }
}
