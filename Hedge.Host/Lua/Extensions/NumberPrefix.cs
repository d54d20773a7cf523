using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// How much of a text C's <c>strtod</c> reads as a number:
/// <code>
/// number = [ "+" / "-" ] ( decimal / hexadecimal / "inf" [ "inity" ] / "nan" [ tag ] )
/// tag    = "(" *( letter / digit / "_" ) ")"
/// </code>
/// </summary>
internal static class NumberPrefix
{
    /// <summary>Reads the number at the beginning; returns its bytes, or 0 when there is none.</summary>
    public static int Read(ReadOnlySpan<byte> text, out double number)
    {
        int length = Length(text);
        if (length == 0 || !LuaNumber.TryParse(text[..length], out number))
        {
            number = 0;
            return 0;
        }

        return length;
    }

    private static int Length(ReadOnlySpan<byte> text)
    {
        int sign = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        ReadOnlySpan<byte> rest = text[sign..];
        int length = HexadecimalLength(rest);
        if (length == 0) length = DecimalLength(rest, 10, 'e');
        if (length == 0) length = WordLength(rest);
        return length == 0 ? 0 : sign + length;
    }

    private static int HexadecimalLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 3 || text[0] != '0' || (text[1] | 0x20) != 'x') return 0;
        int length = DecimalLength(text[2..], 16, 'p');
        return length == 0 ? 0 : length + 2;
    }

    // Digits with a point somewhere, at least one, and an exponent if it has digits.
    private static int DecimalLength(ReadOnlySpan<byte> text, int radix, char exponent)
    {
        int at = DigitsLength(text, radix);
        int digits = at;
        if (at < text.Length && text[at] == '.')
        {
            int fraction = DigitsLength(text[(at + 1)..], radix);
            digits += fraction;
            at += 1 + fraction;
        }

        if (digits == 0) return 0;
        if (at == text.Length || (text[at] | 0x20) != exponent) return at;
        int power = at + 1;
        if (power < text.Length && text[power] is (byte)'-' or (byte)'+') power++;
        int powerDigits = DigitsLength(text[power..], 10);
        return powerDigits == 0 ? at : power + powerDigits;
    }

    private static int DigitsLength(ReadOnlySpan<byte> text, int radix)
    {
        int at = 0;
        while (at < text.Length && LuaNumber.Digit(text[at]) < radix) at++;
        return at;
    }

    private static int WordLength(ReadOnlySpan<byte> text)
    {
        if (StartsWith(text, "infinity"u8)) return 8;
        if (StartsWith(text, "inf"u8)) return 3;
        if (!StartsWith(text, "nan"u8)) return 0;
        if (text.Length == 3 || text[3] != '(') return 3;
        int at = 4;
        while (at < text.Length && (LuaNumber.Digit(text[at]) < 36 || text[at] == '_')) at++;
        return at < text.Length && text[at] == ')' ? at + 1 : 3;
    }

    /// <summary>Whether a text begins with a word of small letters, in whatever case.</summary>
    public static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        if (text.Length < word.Length) return false;
        for (int i = 0; i < word.Length; i++)
        {
            if ((text[i] | 0x20) != word[i]) return false;
        }

        return true;
    }
}
