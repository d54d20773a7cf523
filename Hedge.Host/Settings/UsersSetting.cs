namespace Hedge.Host.Settings;

/// <summary>Users: a line of rules for each. In the configuration file an array of lines.</summary>
public sealed class UsersSetting(string name) : Setting<string>(name, "")
{
    /// <inheritdoc/>
    public override string Kind => "lines";

    /// <inheritdoc/>
    public override string Allowed => "lines of a name and rules";

    /// <inheritdoc/>
    internal override bool IsShown => false;

    /// <inheritdoc/>
    internal override char Separator => '\n';

    private protected override bool TryParse(string text, string current, out string value,
        out string problem)
    {
        problem = "";
        value = text;
        return true;
    }

    private protected override string FormatValue(string value) => value;
}
