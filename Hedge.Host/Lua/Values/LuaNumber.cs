using System.Buffers.Text;
using System.Globalization;

namespace Hedge.Host.Lua.Values;

/// <summary>Numbers as text: what C's <c>%.14g</c> writes, and what its <c>strtod</c> reads.</summary>
internal static class LuaNumber
{
    /// <summary>The most bytes <see cref="Format"/> writes.</summary>
    public const int TextMax = 32;

    private const int PowerMax = 100_000_000;

    /// <summary>Writes a number as <c>tostring</c> does, and returns the count of bytes.</summary>
    public static int Format(double number, Span<byte> into)
    {
        if (number == Math.Truncate(number) && Math.Abs(number) < 1e14
            && (number != 0 || !double.IsNegative(number)))
        {
            Utf8Formatter.TryFormat((long)number, into, out int written);
            return written;
        }

        return FormatGeneral(number, 14, false, into);
    }

    /// <summary>A number as a string of Lua.</summary>
    public static LuaString ToLuaString(double number)
    {
        Span<byte> text = stackalloc byte[TextMax];
        return LuaString.Of(text[..Format(number, text)]);
    }

    /// <summary>
    /// Writes as C's <c>%.{precision}g</c> does, with <c>#</c> if the zeros at the end stay.
    /// </summary>
    public static int FormatGeneral(double number, int precision, bool keepZeros, Span<byte> into)
    {
        if (!double.IsFinite(number)) return FormatSpecial(number, into);
        if (precision == 0) precision = 1;
        Span<byte> scientific = stackalloc byte[precision + 16];
        int length = FormatScientific(number, precision - 1, scientific);
        int e = scientific[..length].LastIndexOf((byte)'e');
        int exponent = Utf8Parser.TryParse(scientific[(e + 1)..length], out int read, out _) ? read : 0;
        if (exponent < -4 || exponent >= precision)
        {
            int digits = keepZeros ? e : TrimZeros(scientific[..e]);
            scientific[..digits].CopyTo(into);
            scientific[e..length].CopyTo(into[digits..]);
            return digits + length - e;
        }

        int count = FormatFixed(number, precision - 1 - exponent, into);
        return keepZeros ? count : TrimZeros(into[..count]);
    }

    /// <summary>Writes as C's <c>%.{precision}e</c> does.</summary>
    public static int FormatScientific(double number, int precision, Span<byte> into)
    {
        if (!double.IsFinite(number)) return FormatSpecial(number, into);
        Span<char> format = stackalloc char[8];
        number.TryFormat(into, out int length, Named('e', precision, format), CultureInfo.InvariantCulture);
        // The base library writes at least three digits of the exponent, C at least two.
        int e = into[..length].LastIndexOf((byte)'e');
        if (length - e == 5 && into[e + 2] == '0')
        {
            into[(e + 3)..length].CopyTo(into[(e + 2)..]);
            length--;
        }

        return length;
    }

    /// <summary>Writes as C's <c>%.{precision}f</c> does.</summary>
    public static int FormatFixed(double number, int precision, Span<byte> into)
    {
        if (!double.IsFinite(number)) return FormatSpecial(number, into);
        Span<char> format = stackalloc char[8];
        number.TryFormat(into, out int length, Named('F', precision, format), CultureInfo.InvariantCulture);
        return length;
    }

    /// <summary>
    /// Reads a whole text as a number, as Lua 5.1 with the GNU C library does: spaces around it, hexadecimal
    /// numbers and fractions, <c>inf</c> and <c>nan</c>. A zero byte ends the text.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        int end = text.IndexOf((byte)0);
        if (end >= 0) text = text[..end];
        while (text.Length > 0 && IsSpace(text[0])) text = text[1..];
        while (text.Length > 0 && IsSpace(text[^1])) text = text[..^1];
        if (text.Length == 0) return false;
        bool negative = text[0] == '-';
        ReadOnlySpan<byte> rest = text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        if (rest.Length == 0) return false;
        bool good = (uint)(rest[0] - '0') <= 9 || rest[0] == '.'
            ? rest.Length > 1 && (rest[1] | 0x20) == 'x' && rest[0] == '0'
                ? TryParseHex(rest[2..], out number) : TryParseDecimal(rest, out number)
            : TryParseWord(rest, out number);
        if (good && negative) number = -number;
        return good;
    }

    /// <summary>Whether C's <c>isspace</c> takes the byte.</summary>
    public static bool IsSpace(byte b) => b == ' ' || (uint)(b - 9) <= 4;

    /// <summary>The worth of a digit up to base 36, or 99.</summary>
    public static int Digit(byte b) =>
        (uint)(b - '0') <= 9 ? b - '0' : (uint)((b | 0x20) - 'a') <= 25 ? (b | 0x20) - 'a' + 10 : 99;

    private static int FormatSpecial(double number, Span<byte> into)
    {
        ReadOnlySpan<byte> text = double.IsNaN(number)
            ? double.IsNegative(number) ? "-nan"u8 : "nan"u8
            : number < 0 ? "-inf"u8 : "inf"u8;
        text.CopyTo(into);
        return text.Length;
    }

    private static ReadOnlySpan<char> Named(char kind, int precision, Span<char> into)
    {
        into[0] = kind;
        precision.TryFormat(into[1..], out int digits, default, CultureInfo.InvariantCulture);
        return into[..(digits + 1)];
    }

    private static int TrimZeros(ReadOnlySpan<byte> digits)
    {
        if (digits.IndexOf((byte)'.') < 0) return digits.Length;
        digits = digits.TrimEnd((byte)'0');
        return digits[^1] == '.' ? digits.Length - 1 : digits.Length;
    }

    private static bool TryParseDecimal(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        int at = 0;
        int digits = 0;
        long whole = 0;
        while (at < text.Length && (uint)(text[at] - '0') <= 9)
        {
            if (digits < 18) whole = (whole * 10) + text[at] - '0';
            digits++;
            at++;
        }

        if (at == text.Length)
        {
            number = whole;
            if (digits <= 15) return digits > 0;
        }

        if (at < text.Length && text[at] == '.')
        {
            at++;
            while (at < text.Length && (uint)(text[at] - '0') <= 9)
            {
                digits++;
                at++;
            }
        }

        if (digits == 0) return false;
        if (at < text.Length && (text[at] | 0x20) == 'e')
        {
            at++;
            if (at < text.Length && text[at] is (byte)'-' or (byte)'+') at++;
            if (at == text.Length) return false;
            while (at < text.Length && (uint)(text[at] - '0') <= 9) at++;
            if ((uint)(text[at - 1] - '0') > 9) return false;
        }

        return at == text.Length
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    // A number with a point or an exponent of two, and a whole one of any length; excess bits are rounded off
    // once.
    private static bool TryParseHex(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        ulong mantissa = 0;
        long exponent = 0;
        int digits = 0;
        int at = 0;
        bool point = false;
        for (; at < text.Length; at++)
        {
            if (text[at] == '.' && !point)
            {
                point = true;
                continue;
            }

            int digit = Digit(text[at]);
            if (digit > 15) break;
            digits++;
            if (mantissa < 1UL << 58) mantissa = (mantissa << 4) | (uint)digit;
            else
            {
                if (digit != 0) mantissa |= 1;
                exponent += 4;
            }

            if (point) exponent -= 4;
        }

        if (digits == 0) return false;
        if (at < text.Length && (text[at] | 0x20) == 'p')
        {
            at++;
            if (!TryParsePower(text, ref at, out int power)) return false;
            exponent += power;
        }

        number = Math.ScaleB(mantissa, (int)Math.Clamp(exponent, -5000, 5000));
        return at == text.Length;
    }

    // An exponent of any length; one that is too big for every double stays that.
    private static bool TryParsePower(ReadOnlySpan<byte> text, ref int at, out int power)
    {
        bool negative = at < text.Length && text[at] == '-';
        if (at < text.Length && text[at] is (byte)'-' or (byte)'+') at++;
        int first = at;
        power = 0;
        for (; at < text.Length && (uint)(text[at] - '0') <= 9; at++)
            power = Math.Min((power * 10) + text[at] - '0', PowerMax);
        if (negative) power = -power;
        return at > first;
    }

    private static bool TryParseWord(ReadOnlySpan<byte> text, out double number)
    {
        Span<byte> lower = stackalloc byte[8];
        number = 0;
        if (text.Length > lower.Length)
        {
            number = double.Abs(double.NaN);
            return IsNanWithText(text);
        }

        for (int i = 0; i < text.Length; i++) lower[i] = (byte)(text[i] | 0x20);
        lower = lower[..text.Length];
        if (lower.SequenceEqual("inf"u8) || lower.SequenceEqual("infinity"u8))
        {
            number = double.PositiveInfinity;
            return true;
        }

        number = double.Abs(double.NaN);
        return lower.SequenceEqual("nan"u8) || IsNanWithText(text);
    }

    private static bool IsNanWithText(ReadOnlySpan<byte> text)
    {
        if (text.Length < 5 || (text[0] | 0x20) != 'n' || (text[1] | 0x20) != 'a' || (text[2] | 0x20) != 'n')
            return false;
        if (text[3] != '(' || text[^1] != ')') return false;
        foreach (byte b in text[4..^1])
        {
            if (Digit(b) == 99 && b != '_') return false;
        }

        return true;
    }
}
