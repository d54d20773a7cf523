using System.Globalization;

namespace Hedge.Resp;

/// <summary>Floating-point numbers as replies print them: C's <c>%.17g</c>, with inf, -inf and nan.</summary>
public static class RespDouble
{
    /// <summary>The most bytes a number takes: "-1.2345678901234567e-308" has 24.</summary>
    public const int TextBytesMax = 32;

    /// <summary>Prints a number and returns how many bytes it took.</summary>
    /// <param name="value">The number.</param>
    /// <param name="target">At least <see cref="TextBytesMax"/> bytes.</param>
    public static int Format(double value, Span<byte> target)
    {
        if (double.IsFinite(value))
        {
            value.TryFormat(target, out int length, "g17", CultureInfo.InvariantCulture);
            return length;
        }

        ReadOnlySpan<byte> text = double.IsNaN(value) ? "nan"u8 : value > 0 ? "inf"u8 : "-inf"u8;
        text.CopyTo(target);
        return text.Length;
    }
}
