using System.Globalization;
using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Settings;

/// <summary>An integer in a range, both ends included.</summary>
public sealed class IntegerSetting(string name, long defaultValue, long min, long max)
    : Setting<long>(name, defaultValue)
{
    /// <inheritdoc/>
    public override string Kind => "integer";

    /// <inheritdoc/>
    public override string Allowed => PowerOfTwo ? $"a power of two, {min}…{max}" : $"{min}…{max}";

    internal override IReadOnlyList<string> Extremes => [FormatValue(min), FormatValue(max)];

    /// <summary>True when only powers of two are allowed.</summary>
    public bool PowerOfTwo { get; init; }

    private protected override bool TryParse(string text, long current, out long value, out string problem)
    {
        problem = "argument couldn't be parsed into an integer";
        if (!Numbers.TryParseInt64(Encoding.UTF8.GetBytes(text), out value)) return false;
        problem = $"argument must be between {min} and {max} inclusive";
        if (value < min || value > max) return false;
        problem = "argument must be a power of two";
        return !PowerOfTwo || long.IsPow2(value);
    }

    private protected override string FormatValue(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A number of bytes with Redis's units: b, k, kb, m, mb, g, gb, in any case.</summary>
public sealed class MemorySetting(string name, long defaultValue, long min, long max)
    : Setting<long>(name, defaultValue)
{
    /// <inheritdoc/>
    public override string Kind => "memory";

    /// <inheritdoc/>
    public override string Allowed => $"{min}…{max} bytes (units: b, k, kb, m, mb, g, gb)";

    internal override IReadOnlyList<string> Extremes => [FormatValue(min), FormatValue(max)];

    private protected override bool TryParse(string text, long current, out long value, out string problem)
    {
        problem = "argument must be a memory value";
        if (!TryParseBytes(text, out value)) return false;
        problem = $"argument must be between {min} and {max} inclusive";
        return value >= min && value <= max;
    }

    private protected override string FormatValue(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Parses "100", "100k" (thousands), "100kb" (1024s) and so on.</summary>
    internal static bool TryParseBytes(string text, out long value)
    {
        value = 0;
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        long factor = text[digits..].ToUpperInvariant() switch
        {
            "" or "B" => 1,
            "K" => 1000,
            "KB" => 1024,
            "M" => 1000 * 1000,
            "MB" => 1024 * 1024,
            "G" => 1000L * 1000 * 1000,
            "GB" => 1024L * 1024 * 1024,
            _ => 0,
        };
        if (factor == 0 || digits == 0) return false;
        if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture,
            out long count))
            return false;

        if (count > long.MaxValue / factor) return false;
        value = count * factor;
        return true;
    }
}

/// <summary>"yes" or "no".</summary>
public sealed class BooleanSetting(string name, bool defaultValue) : Setting<bool>(name, defaultValue)
{
    /// <inheritdoc/>
    public override string Kind => "yes/no";

    /// <inheritdoc/>
    public override string Allowed => "yes, no";

    internal override IReadOnlyList<string> Extremes => ["yes", "no"];

    private protected override bool TryParse(string text, bool current, out bool value, out string problem)
    {
        problem = "argument must be 'yes' or 'no'";
        value = text.Equals("yes", StringComparison.OrdinalIgnoreCase);
        return value || text.Equals("no", StringComparison.OrdinalIgnoreCase);
    }

    private protected override string FormatValue(bool value) => value ? "yes" : "no";
}

/// <summary>One of an enumeration's values, in lower case; '-' where the enumeration has '_'.</summary>
public sealed class ChoiceSetting<T>(string name, T defaultValue) : Setting<T>(name, defaultValue)
    where T : struct, Enum
{
    private static readonly T[] Values = Enum.GetValues<T>();
    private static readonly string[] Words = [.. Values.Select(Word)];

    /// <inheritdoc/>
    public override string Kind => "choice";

    /// <inheritdoc/>
    public override string Allowed => string.Join(", ", Words);

    internal override IReadOnlyList<string> Extremes =>
        [.. Values.Where(value => Obstacle(value) == null).Select(Word)];

    /// <summary>Why a word cannot be had on this machine; null when it can. By default all can.</summary>
    internal Func<T, string?> Obstacle { get; init; } = static _ => null;

    private protected override bool TryParse(string text, T current, out T value, out string problem)
    {
        problem = $"argument(s) must be one of the following: {Allowed}";
        int index = Array.FindIndex(Words, w => w.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = index < 0 ? default : Values[index];
        if (index < 0) return false;
        if (Obstacle(value) is not { } obstacle) return true;
        problem = obstacle;
        return false;
    }

    private protected override string FormatValue(T value) => Word(value);

    // Redis's words are lower case and so is the text CONFIG GET gives.
#pragma warning disable CA1308
    private static string Word(T value) => value.ToString().ToLowerInvariant().Replace('_', '-');
#pragma warning restore CA1308
}

/// <summary>Any text.</summary>
public sealed class TextSetting(string name, string defaultValue) : Setting<string>(name, defaultValue)
{
    /// <inheritdoc/>
    public override string Kind => "text";

    /// <inheritdoc/>
    public override string Allowed => AllowEmpty ? "any text" : "any text but an empty one";

    /// <summary>False when an empty text is refused.</summary>
    public bool AllowEmpty { get; init; } = true;

    private protected override bool TryParse(string text, string current, out string value,
        out string problem)
    {
        problem = "argument must not be empty";
        value = text;
        return AllowEmpty || text.Length > 0;
    }

    private protected override string FormatValue(string value) => value;
}

/// <summary>Rights of a file, as chmod takes them: octal.</summary>
public sealed class FileRightsSetting(string name) : Setting<UnixFileMode>(name, UnixFileMode.None)
{
    private const int Octal = 8;

    /// <inheritdoc/>
    public override string Kind => "rights";

    /// <inheritdoc/>
    public override string Allowed => "0…777, octal";

    internal override IReadOnlyList<string> Extremes => ["0", "777"];

    private protected override bool TryParse(string text, UnixFileMode current, out UnixFileMode value,
        out string problem)
    {
        problem = "argument couldn't be parsed as an octal number";
        value = UnixFileMode.None;
        if (text.Length is 0 or > 4 || text.AsSpan().ContainsAnyExceptInRange('0', '7')) return false;
        value = (UnixFileMode)Convert.ToInt32(text, Octal);
        problem = "argument must be between 0 and 777 inclusive";
        return (int)value <= 0b111_111_111;
    }

    private protected override string FormatValue(UnixFileMode value) =>
        Convert.ToString((int)value, Octal);
}
