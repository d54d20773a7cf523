namespace Hedge.Host.Settings;

/// <summary>Another name for a command.</summary>
/// <param name="Command">What it is called.</param>
/// <param name="Name">What clients call it; empty when they may not call it.</param>
public readonly record struct CommandRename(string Command, string Name);

/// <summary>rename-command: a command and its new name, as often as there are such. In the configuration file
/// an object of names, or an array of such pairs.</summary>
public sealed class RenamesSetting(string name) : Setting<IReadOnlyList<CommandRename>>(name, [])
{
    private const string Empty = "\"\"";

    /// <inheritdoc/>
    public override string Kind => "names";

    /// <inheritdoc/>
    public override string Allowed => "a command and its new name, \"\" for none";

    /// <inheritdoc/>
    internal override bool IsShown => false;

    /// <inheritdoc/>
    internal override bool IsRewritten => false;

    /// <inheritdoc/>
    internal override char Separator => '\n';

    /// <inheritdoc/>
    internal override string TextOfElement(string key, string value) =>
        char.IsAsciiDigit(key[0]) ? value : $"{key} {value}";

    // Each source adds to what is there.
    private protected override bool TryParse(string text, IReadOnlyList<CommandRename> current,
        out IReadOnlyList<CommandRename> value, out string problem)
    {
        problem = "wrong number of arguments";
        value = current;
        var renames = new List<CommandRename>(current);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ');
            if (words.Length != 2 || words[0].Length == 0) return false;
            renames.Add(new CommandRename(words[0], words[1] == Empty ? "" : words[1]));
        }

        value = renames;
        return true;
    }

    private protected override string FormatValue(IReadOnlyList<CommandRename> value) =>
        string.Join('\n', value.Select(r => $"{r.Command} {(r.Name.Length == 0 ? Empty : r.Name)}"));
}
