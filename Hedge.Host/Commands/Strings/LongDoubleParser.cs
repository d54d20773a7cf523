using System.Numerics;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

/// <summary>
/// Text to <see cref="LongDouble"/>, correctly rounded.
/// <code>
/// number  = ["+" | "-"] (decimal | hex | "inf" | "infinity")
/// decimal = digits with at most one point, at least one digit; [("e" | "E") ["+" | "-"] digits]
/// hex     = "0" ("x" | "X"), hex digits with at most one point, at least one; [("p" | "P") ["+" | "-"]
/// digits]
/// </code>
/// </summary>
internal ref struct LongDoubleParser
{
    // Redis copies the text into a buffer of 5 KiB; what does not fit is no number.
    private const int TextBytesMax = 5 * 1024 - 1;

    // No number of at most TextBytesMax digits with an exponent beyond this is finite and not zero.
    private const int DecimalExponentLimit = 20_000;
    private const int BinaryExponentLimit = 100_000;

    // Half of the smallest number above zero is 2^-16446: that and less vanishes.
    private const int VanishingExponent = -16446;

    private readonly ReadOnlySpan<byte> _text;
    private int _next;

    private LongDoubleParser(ReadOnlySpan<byte> text) => _text = text;

    /// <summary>Parses the whole text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out LongDouble value)
    {
        value = default;
        return text.Length is > 0 and <= TextBytesMax && new LongDoubleParser(text).TryNumber(out value);
    }

    private readonly byte Peek => _next < _text.Length ? _text[_next] : (byte)0;

    private bool TryNumber(out LongDouble value)
    {
        bool negative = Peek == '-';
        if (Peek is (byte)'-' or (byte)'+') _next++;
        ReadOnlySpan<byte> rest = _text[_next..];
        if (AsciiText.EqualsIgnoreCase(rest, "INF"u8) || AsciiText.EqualsIgnoreCase(rest, "INFINITY"u8))
        {
            value = LongDouble.Infinity(negative);
            return true;
        }

        bool hex = rest.Length > 2 && rest[0] == '0' && (rest[1] | 0x20) == 'x';
        if (hex) _next += 2;
        return hex ? TryHex(negative, out value) : TryDecimal(negative, out value);
    }

    private bool TryDecimal(bool negative, out LongDouble value)
    {
        value = default;
        int start = _next;
        (int digits, int decimals) = Skip(isHex: false);
        if (digits == 0) return false;
        ReadOnlySpan<byte> mantissa = _text[start.._next];
        if (!TryExponent((byte)'e', out int exponent)) return false;
        exponent -= decimals;
        if (digits <= 19 && exponent is >= -27 and <= 27)
        {
            ulong small = 0;
            foreach (byte b in mantissa)
            {
                if (b != '.') small = small * 10 + (uint)(b - '0');
            }

            value = Scale(negative, small, exponent);
            return true;
        }

        BigInteger large = ParseDigits(mantissa, hex: false);
        if (large.IsZero) return true;
        if (Math.Abs((long)exponent) > DecimalExponentLimit) return false;
        value = Scale(negative, large, exponent);
        return value.IsFinite && !Vanishes(large, exponent);
    }

    private bool TryHex(bool negative, out LongDouble value)
    {
        value = default;
        int start = _next;
        (int digits, int decimals) = Skip(isHex: true);
        if (digits == 0) return false;
        ReadOnlySpan<byte> mantissa = _text[start.._next];
        if (!TryExponent((byte)'p', out int exponent)) return false;
        exponent -= 4 * decimals;
        BigInteger large = ParseDigits(mantissa, hex: true);
        if (large.IsZero) return true;
        if (Math.Abs((long)exponent) > BinaryExponentLimit) return false;
        value = LongDouble.Round(negative, large, exponent, inexact: false);
        long top = exponent + large.GetBitLength();
        bool vanishes = top <= VanishingExponent || (top == VanishingExponent + 1 && large.IsPowerOfTwo);
        return value.IsFinite && !vanishes;
    }

    // Digits and those of them that stand after the point.
    private (int Digits, int Decimals) Skip(bool isHex)
    {
        int digits = 0, point = -1;
        for (; _next < _text.Length; _next++)
        {
            byte b = _text[_next];
            if (b == '.' && point < 0) point = digits;
            else if (isHex ? char.IsAsciiHexDigit((char)b) : char.IsAsciiDigit((char)b)) digits++;
            else break;
        }

        return (digits, point < 0 ? 0 : digits - point);
    }

    // The exponent, clamped far outside of what matters; false when anything else follows.
    private bool TryExponent(byte letter, out int exponent)
    {
        exponent = 0;
        if (_next == _text.Length) return true;
        if ((_text[_next++] | 0x20) != letter) return false;
        bool negative = Peek == '-';
        if (Peek is (byte)'-' or (byte)'+') _next++;
        if (_next == _text.Length) return false;
        for (; _next < _text.Length; _next++)
        {
            int digit = _text[_next] - '0';
            if (digit is < 0 or > 9) return false;
            exponent = Math.Min(exponent * 10 + digit, 10_000_000);
        }

        if (negative) exponent = -exponent;
        return true;
    }

    private static BigInteger ParseDigits(ReadOnlySpan<byte> text, bool hex)
    {
        BigInteger value = BigInteger.Zero;
        ulong part = 0, unit = 1;
        ulong radix = hex ? 16UL : 10UL;
        foreach (byte b in text)
        {
            if (b == '.') continue;
            part = part * radix + (ulong)Convert.ToInt32(((char)b).ToString(), 16);
            unit *= radix;
            if (unit < 1_000_000_000_000_000) continue;
            value = value * unit + part;
            (part, unit) = (0, 1);
        }

        return value * unit + part;
    }

    // digits · 10^exponent with 128-bit arithmetic: 5^27 is below 2^63.
    private static LongDouble Scale(bool negative, ulong digits, int exponent)
    {
        if (digits == 0) return default;
        ulong power = 1;
        for (int i = Math.Abs(exponent); i > 0; i--) power *= 5;
        if (exponent >= 0)
            return LongDouble.Round(negative, (UInt128)digits * power, exponent, inexact: false);
        int shift = BitOperations.LeadingZeroCount(digits) + 64;
        (UInt128 quotient, UInt128 rest) = UInt128.DivRem((UInt128)digits << shift, power);
        return LongDouble.Round(negative, quotient, exponent - shift, rest != 0);
    }

    private static LongDouble Scale(bool negative, BigInteger digits, int exponent)
    {
        if (exponent >= 0)
            return LongDouble.Round(negative, digits * BigInteger.Pow(5, exponent), exponent, inexact: false);
        BigInteger power = BigInteger.Pow(5, -exponent);
        int shift = Math.Max(0, (int)(power.GetBitLength() - digits.GetBitLength()) + 130);
        BigInteger quotient = BigInteger.DivRem(digits << shift, power, out BigInteger rest);
        return LongDouble.Round(negative, quotient, exponent - shift, !rest.IsZero);
    }

    // digits · 10^exponent <= 2^-16446, compared exactly when it is near.
    private static bool Vanishes(BigInteger digits, int exponent)
    {
        if (exponent >= 0) return false;
        double log2 = BigInteger.Log(digits, 2) + exponent * 3.321928094887362;
        if (Math.Abs(log2 - VanishingExponent) > 2) return log2 < VanishingExponent;
        return digits << -VanishingExponent <= BigInteger.Pow(10, -exponent);
    }
}
