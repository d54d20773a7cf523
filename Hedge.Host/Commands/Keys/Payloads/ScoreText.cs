using System.Globalization;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Scores as redis-server 7.0.15 writes them into listpacks: as C's "%.17g" does.</summary>
internal static class ScoreText
{
    private const int Digits = 17;

    /// <summary>A score's text.</summary>
    public static string Format(double score)
    {
        if (double.IsInfinity(score)) return score > 0 ? "inf" : "-inf";
        // One digit, a point, sixteen digits, "E", the exponent with its sign.
        string text = Math.Abs(score).ToString("E16", CultureInfo.InvariantCulture);
        int exponent = int.Parse(text.AsSpan(text.IndexOf('E') + 1), NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture);
        string digits = text[0] + text[2..(Digits + 1)];
        string sign = double.IsNegative(score) ? "-" : "";
        if (exponent is < -4 or >= Digits)
        {
            string rest = digits[1..].TrimEnd('0');
            string point = rest.Length > 0 ? "." : "";
            return $"{sign}{digits[0]}{point}{rest}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        if (exponent < 0) return $"{sign}0.{new string('0', -exponent - 1)}{digits.TrimEnd('0')}";
        string fraction = digits[(exponent + 1)..].TrimEnd('0');
        return sign + digits[..(exponent + 1)] + (fraction.Length > 0 ? "." + fraction : "");
    }
}
