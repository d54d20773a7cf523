namespace Hedge.Host.Settings;

/// <summary>
/// A setting of Redis that clients and configuration files name and that has one meaning here. Its summary is
/// the reason. Setting it to that value is accepted, any other value refused, with the reason.
/// </summary>
public sealed class ConstantSetting(string name, string value) : Setting<string>(name, value)
{
    /// <inheritdoc/>
    public override string Kind => "constant";

    /// <inheritdoc/>
    public override string Allowed => Default.Length == 0 ? "\"\"" : Default;

    /// <inheritdoc/>
    public override bool IsConstant => true;

    private protected override bool TryParse(string text, string current, out string parsed,
        out string problem)
    {
        problem = $"argument must be '{Default}': {Summary.TrimEnd('.')}";
        parsed = Default;
        if (text.Equals(Default, StringComparison.OrdinalIgnoreCase)) return true;
        // "64mb" and "67108864" are one value.
        return MemorySetting.TryParseBytes(text, out long bytes)
            && MemorySetting.TryParseBytes(Default, out long own) && bytes == own;
    }

    private protected override string FormatValue(string value) => value;
}
