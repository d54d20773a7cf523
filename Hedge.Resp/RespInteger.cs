using System.Runtime.CompilerServices;

namespace Hedge.Resp;

/// <summary>
/// Integers in decimal as the protocol and the commands accept and print them: an optional minus sign and
/// digits without leading zeros, nothing else; so a text is accepted only if printing the number gives the
/// same text.
/// </summary>
public static class RespInteger
{
    /// <summary>The most bytes an integer takes: a sign and 19 digits.</summary>
    public const int TextBytesMax = 20;

    /// <summary>
    /// Reads a whole text as an integer; false when it is not one or does not fit in 64 bits.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.Length is 0 or > TextBytesMax) return false;
        if (text.Length == 1 && text[0] == '0') return true;

        int index = text[0] == '-' ? 1 : 0;
        if (index == text.Length || text[index] is < (byte)'1' or > (byte)'9') return false;
        int digits = text.Length - index;
        if (digits > 19) return false;

        // Nineteen digits always fit in 64 bits without a sign.
        ulong magnitude = 0;
        for (; index < text.Length; index++)
        {
            uint digit = (uint)text[index] - '0';
            if (digit > 9) return false;
            magnitude = magnitude * 10 + digit;
        }

        bool negative = text[0] == '-';
        if (magnitude > (ulong)long.MaxValue + (negative ? 1u : 0u)) return false;
        value = negative ? (long)(0 - magnitude) : (long)magnitude;
        return true;
    }

    /// <summary>
    /// Prints an integer at the start of <paramref name="target"/> and returns how many bytes it took.
    /// </summary>
    /// <param name="value">The number.</param>
    /// <param name="target">At least <see cref="TextBytesMax"/> bytes, or as many as the number
    /// needs.</param>
    public static int Format(long value, Span<byte> target)
    {
        if ((ulong)value < 10)
        {
            target[0] = (byte)('0' + value);
            return 1;
        }

        ulong magnitude = value < 0 ? 0 - (ulong)value : (ulong)value;
        int sign = value < 0 ? 1 : 0;
        int length = sign + CountDigits(magnitude);
        int index = length;
        while (magnitude >= 10)
        {
            ulong quotient = magnitude / 10;
            target[--index] = (byte)('0' + (magnitude - quotient * 10));
            magnitude = quotient;
        }

        target[--index] = (byte)('0' + magnitude);
        if (sign != 0) target[0] = (byte)'-';
        return length;
    }

    /// <summary>How many decimal digits a number has; 1 for 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int CountDigits(ulong value)
    {
        int digits = 1;
        while (value >= 10_000)
        {
            value /= 10_000;
            digits += 4;
        }

        return digits + (value >= 1000 ? 3 : value >= 100 ? 2 : value >= 10 ? 1 : 0);
    }
}
