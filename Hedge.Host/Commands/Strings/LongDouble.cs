using System.Numerics;

namespace Hedge.Host.Commands.Strings;

/// <summary>
/// A number in x87 extended precision (64-bit mantissa), which INCRBYFLOAT computes in: Redis's "long double"
/// on x86. The value is ±mantissa · 2^exponent with bit 63 of the mantissa set, or zero, or infinite.
/// </summary>
/// <remarks>
/// Rounding is to nearest, ties to even, always from the exact result. Numbers below the smallest normal one
/// keep their whole mantissa here: nothing that <see cref="Format"/> writes can show the difference.
/// </remarks>
internal readonly struct LongDouble
{
    /// <summary>Room for <see cref="Format"/>: sign, 4933 digits, point, 17 digits.</summary>
    public const int TextBytesMax = 4960;

    /// <summary>Exponent of the largest finite number's unit in the last place.</summary>
    internal const int ExponentMax = 16383 - 63;

    private readonly bool _negative;
    private readonly bool _infinite;
    private readonly ulong _mantissa;
    private readonly int _exponent;

    private LongDouble(bool negative, ulong mantissa, int exponent, bool infinite = false)
    {
        _negative = negative;
        _mantissa = mantissa;
        _exponent = exponent;
        _infinite = infinite;
    }

    /// <summary>False for the infinities and for "not a number".</summary>
    public bool IsFinite => !_infinite;

    internal bool IsZero => _mantissa == 0 && !_infinite;

    /// <summary>An infinity.</summary>
    internal static LongDouble Infinity(bool negative) => new(negative, 0, 0, infinite: true);

    /// <summary>
    /// Parses as C's strtold does, except that leading spaces, "nan", and numbers that overflow or vanish are
    /// refused.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out LongDouble value) =>
        LongDoubleParser.TryParse(text, out value);

    /// <summary>The sum, rounded. Infinite when it overflows, or when an operand is infinite.</summary>
    public static LongDouble operator +(LongDouble a, LongDouble b)
    {
        if (a._infinite || b._infinite) return Infinity(a._infinite ? a._negative : b._negative);
        if (a.IsZero) return b;
        if (b.IsZero) return a;
        bool swap = a._exponent == b._exponent ? a._mantissa < b._mantissa : a._exponent < b._exponent;
        if (swap) (a, b) = (b, a);
        // The larger operand has 63 bits below it. Whatever of the smaller one is lower still only matters as
        // "not zero".
        int shift = a._exponent - b._exponent;
        UInt128 high = (UInt128)a._mantissa << 63;
        UInt128 low = (UInt128)b._mantissa << 63;
        bool lost = shift > 63 && (shift >= 127 || (low & ((UInt128.One << shift) - 1)) != 0);
        low = shift >= 128 ? 0 : low >> shift;
        if (a._negative == b._negative) return Round(a._negative, high + low, a._exponent - 63, lost);
        UInt128 difference = high - low - (lost ? UInt128.One : 0);
        return difference == 0 && !lost ? default : Round(a._negative, difference, a._exponent - 63, lost);
    }

    /// <summary>magnitude · 2^exponent (plus a little more when <paramref name="inexact"/>),
    /// rounded.</summary>
    internal static LongDouble Round(bool negative, UInt128 magnitude, int exponent, bool inexact)
    {
        if (magnitude == 0) return default;
        int excess = 64 - (int)UInt128.LeadingZeroCount(magnitude);
        if (excess <= 0) return Make(negative, (ulong)(magnitude << -excess), exponent + excess);
        UInt128 rest = magnitude & ((UInt128.One << excess) - 1);
        UInt128 half = UInt128.One << (excess - 1);
        ulong mantissa = (ulong)(magnitude >> excess);
        exponent += excess;
        bool up = rest > half || (rest == half && (inexact || (mantissa & 1) != 0));
        if (!up || ++mantissa != 0) return Make(negative, mantissa, exponent);
        return Make(negative, 1UL << 63, exponent + 1);
    }

    /// <summary>As the other, for numbers of any size.</summary>
    internal static LongDouble Round(bool negative, BigInteger magnitude, int exponent, bool inexact)
    {
        int excess = (int)magnitude.GetBitLength() - 128;
        if (excess <= 0) return Round(negative, (UInt128)magnitude, exponent, inexact);
        BigInteger kept = magnitude >> excess;
        return Round(negative, (UInt128)kept, exponent + excess, inexact || kept << excess != magnitude);
    }

    /// <summary>
    /// Writes the number with up to 17 decimals and without trailing zeros, as Redis does for people (printf
    /// "%.17Lf", trimmed). Finite numbers only.
    /// </summary>
    public int Format(Span<byte> text)
    {
        const int Decimals = 17;
        const ulong FiveTo17 = 762_939_453_125;
        int shift = _exponent + Decimals;
        if (IsZero) return Digits(default(UInt128), text);
        UInt128 product = (UInt128)_mantissa * FiveTo17;
        if (shift is > -128 and <= 0)
        {
            // Units of 10^-17, rounded half to even, as printf rounds the exact value.
            UInt128 units = product >> -shift;
            UInt128 rest = product - (units << -shift);
            UInt128 half = shift == 0 ? UInt128.One : UInt128.One << (-shift - 1);
            if (rest > half || (rest == half && !UInt128.IsEvenInteger(units))) units++;
            return Digits(units, text);
        }

        return shift <= -128 ? Digits(default(UInt128), text) : Digits((BigInteger)product << shift, text);
    }

    private static LongDouble Make(bool negative, ulong mantissa, int exponent) =>
        exponent > ExponentMax ? Infinity(negative) : new LongDouble(negative, mantissa, exponent);

    private int Digits<T>(T units, Span<byte> text) where T : IBinaryInteger<T>
    {
        Span<byte> digits = stackalloc byte[64];
        if (!units.TryFormat(digits, out int count, "D18", null))
        {
            digits = new byte[TextBytesMax];
            units.TryFormat(digits, out count, "D18", null);
        }

        int length = 0;
        if (_negative && units != T.Zero) text[length++] = (byte)'-';
        digits[..(count - 17)].CopyTo(text[length..]);
        length += count - 17;
        ReadOnlySpan<byte> fraction = digits.Slice(count - 17, 17).TrimEnd((byte)'0');
        if (fraction.Length == 0) return length;
        text[length++] = (byte)'.';
        fraction.CopyTo(text[length..]);
        return length + fraction.Length;
    }
}
