using System.Buffers.Text;
using System.Globalization;

namespace Hedge.Host.Declarations;

/// <summary>Numbers in arguments and values, by Redis's rules.</summary>
public static class Numbers
{
    /// <summary>Longest decimal form of a 64-bit integer, with sign.</summary>
    public const int Int64CharactersMax = 20;

    /// <summary>
    /// Parses a canonical decimal 64-bit integer: no sign but '-', no leading zeros, no spaces,
    /// nothing after it.
    /// </summary>
    public static bool TryParseInt64(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.Length is 0 or > Int64CharactersMax) return false;
        int first = text[0] == '-' ? 1 : 0;
        if (text.Length == first) return false;
        if (text[first] == '0') return text.Length == 1;
        if (text[first] is < (byte)'1' or > (byte)'9') return false;
        return Utf8Parser.TryParse(text, out value, out int used) && used == text.Length;
    }

    /// <summary>Adds two integers. False when the sum overflows.</summary>
    public static bool TryAdd(long first, long second, out long sum)
    {
        sum = unchecked(first + second);
        // It overflows exactly when both have the sign that the sum does not have.
        return ((first ^ sum) & (second ^ sum)) >= 0;
    }

    /// <summary>Parses a floating-point number as C's strtod does in decimal, with "inf" and "infinity" in
    /// any case, but not "nan"; a number that overflows or vanishes is refused, and so are
    /// spaces.</summary>
    public static bool TryParseDouble(ReadOnlySpan<byte> text, out double value)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint
            | NumberStyles.AllowExponent;
        value = 0;
        if (text.IsEmpty) return false;
        ReadOnlySpan<byte> unsigned = text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        if (AsciiText.EqualsIgnoreCase(unsigned, "INF"u8)
            || AsciiText.EqualsIgnoreCase(unsigned, "INFINITY"u8))
        {
            value = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        if (unsigned.IsEmpty || (unsigned[0] != '.' && !char.IsAsciiDigit((char)unsigned[0]))) return false;
        if (!double.TryParse(text, Styles, CultureInfo.InvariantCulture, out value)) return false;
        int exponent = unsigned.IndexOfAny((byte)'e', (byte)'E');
        ReadOnlySpan<byte> digits = exponent < 0 ? unsigned : unsigned[..exponent];
        return double.IsFinite(value) && (value != 0 || digits.IndexOfAnyInRange((byte)'1', (byte)'9') < 0);
    }
}
