using System.Globalization;

namespace Hedge.Resp;

/// <summary>Floating-point numbers as replies print them: the shortest digits that read back as the same
/// number, with inf, -inf and nan.</summary>
/// <remarks>
/// <code>
/// from 0.0001 to below 10^17     as digits: 0.0012, 12300000, 982114.2524622907
/// others                         with an exponent: 1e+20, 1.5e-7
/// </code>
/// </remarks>
public static class RespDouble
{
    /// <summary>The most bytes a number takes: "-1.2345678901234567e-308" has 24.</summary>
    public const int TextBytesMax = 32;

    private const double IntegerMax = 1L << 52;
    private const int PlainExponentMin = -4;
    private const int PlainExponentMax = 16;

    /// <summary>Prints a number and returns how many bytes it took.</summary>
    /// <param name="value">The number.</param>
    /// <param name="target">At least <see cref="TextBytesMax"/> bytes.</param>
    public static int Format(double value, Span<byte> target)
    {
        if (!double.IsFinite(value))
        {
            ReadOnlySpan<byte> text = double.IsNaN(value) ? "nan"u8 : value > 0 ? "inf"u8 : "-inf"u8;
            text.CopyTo(target);
            return text.Length;
        }

        if (value == 0 || (Math.Abs(value) < IntegerMax && Math.Truncate(value) == value))
        {
            value.TryFormat(target, out int length, "F0", CultureInfo.InvariantCulture);
            return length;
        }

        return FormatDigits(value, target);
    }

    private static int FormatDigits(double value, Span<byte> target)
    {
        Span<byte> scientific = stackalloc byte[TextBytesMax];
        // Without a format comes the shortest form.
        value.TryFormat(scientific, out int written, default, CultureInfo.InvariantCulture);
        Span<byte> digits = stackalloc byte[TextBytesMax];
        int count = Digits(scientific[..written], digits, out int unit);
        int at = 0;
        if (value < 0) target[at++] = (byte)'-';
        int exponent = unit + count - 1;
        bool isPlain = exponent is >= PlainExponentMin and <= PlainExponentMax;
        if (isPlain && unit >= 0)
        {
            digits[..count].CopyTo(target[at..]);
            target.Slice(at + count, unit).Fill((byte)'0');
            return at + count + unit;
        }

        if (isPlain) return at + FormatPlain(digits[..count], exponent, target[at..]);
        target[at++] = digits[0];
        if (count > 1) target[at++] = (byte)'.';
        digits[1..count].CopyTo(target[at..]);
        at += count - 1;
        target[at++] = (byte)'e';
        target[at++] = exponent < 0 ? (byte)'-' : (byte)'+';
        Math.Abs(exponent).TryFormat(target[at..], out int used, default, CultureInfo.InvariantCulture);
        return at + used;
    }

    // With a point inside of the digits or before them.
    private static int FormatPlain(ReadOnlySpan<byte> digits, int exponent, Span<byte> target)
    {
        int at = 0;
        if (exponent < 0)
        {
            "0."u8.CopyTo(target);
            at = 2;
            target.Slice(at, -exponent - 1).Fill((byte)'0');
            at += -exponent - 1;
            digits.CopyTo(target[at..]);
            return at + digits.Length;
        }

        digits[..(exponent + 1)].CopyTo(target);
        at = exponent + 1;
        target[at++] = (byte)'.';
        digits[(exponent + 1)..].CopyTo(target[at..]);
        return at + digits.Length - exponent - 1;
    }

    // Splits "-1.25E-07" or "0.001" into the digits without zeros at their ends, and the power of ten of the
    // last one.
    private static int Digits(ReadOnlySpan<byte> text, Span<byte> digits, out int unit)
    {
        int count = 0;
        int behindPoint = 0;
        bool isBehindPoint = false;
        int at = 0;
        for (; at < text.Length && text[at] != 'E'; at++)
        {
            if (text[at] == '.') isBehindPoint = true;
            if (!char.IsAsciiDigit((char)text[at])) continue;
            if (isBehindPoint) behindPoint++;
            if (count > 0 || text[at] != '0') digits[count++] = text[at];
        }

        unit = -behindPoint;
        if (at < text.Length) unit += int.Parse(text[(at + 1)..], provider: CultureInfo.InvariantCulture);
        while (count > 1 && digits[count - 1] == '0')
        {
            count--;
            unit++;
        }

        return count;
    }
}
