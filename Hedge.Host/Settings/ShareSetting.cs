using System.Globalization;

namespace Hedge.Host.Settings;

/// <summary>A number of bytes, or percents of maxmemory; a share is kept as a negative number.</summary>
public sealed class ShareSetting(string name) : Setting<long>(name, 0)
{
    private const int PercentMax = 100;

    /// <inheritdoc/>
    public override string Kind => "memory or percent";

    /// <inheritdoc/>
    public override string Allowed =>
        $"bytes (units: b, k, kb, m, mb, g, gb), or 0% to {PercentMax}% of maxmemory";

    internal override IReadOnlyList<string> Extremes => ["0", "100%"];

    /// <summary>The bytes that a value comes to.</summary>
    internal static long BytesOf(long value, long maxMemory) =>
        value >= 0 ? value : (long)((Int128)maxMemory * -value / PercentMax);

    private protected override bool TryParse(string text, long current, out long value, out string problem)
    {
        problem = "argument must be a memory or percent value";
        if (!text.EndsWith('%')) return MemorySetting.TryParseBytes(text, out value);
        string number = text[..^1];
        bool isNumber = long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && (number.Length == 1 || number[0] != '0');
        if (!isNumber) return false;
        problem = "percentage argument must be less or equal to 100";
        if (value > PercentMax) return false;
        value = -value;
        return true;
    }

    private protected override string FormatValue(long value) => value >= 0
        ? value.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{-value}%");
}
