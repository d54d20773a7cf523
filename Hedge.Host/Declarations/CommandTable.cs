namespace Hedge.Host.Declarations;

/// <summary>
/// All commands, found by name. Built once at start; read by all cores.
/// </summary>
public sealed class CommandTable
{
    private readonly Command?[] _buckets;
    private readonly int _mask;

    /// <summary>Builds the table.</summary>
    /// <param name="commands">The commands and subcommands.</param>
    internal CommandTable(IEnumerable<Command> commands)
    {
        List<Command> all = [.. commands];
        all.Sort((a, b) => string.CompareOrdinal(a.Spec.Name, b.Spec.Name));
        for (int i = 0; i < all.Count; i++) all[i].Index = i;
        All = all;
        Commands = all.FindAll(c => !c.Spec.Name.Contains('|', StringComparison.Ordinal));
        foreach (Command container in Commands)
        {
            string prefix = container.Spec.Name + "|";
            container.AddSubcommands(
                all.FindAll(c => c.Spec.Name.StartsWith(prefix, StringComparison.Ordinal)));
        }

        int size = 64;
        while (size < Commands.Count * 4) size *= 2;
        _buckets = new Command?[size];
        _mask = size - 1;
        foreach (Command command in Commands) Insert(command);
    }

    /// <summary>Every command and subcommand, by name.</summary>
    public IReadOnlyList<Command> All { get; }

    /// <summary>Top-level commands, by name.</summary>
    public IReadOnlyList<Command> Commands { get; }

    /// <summary>The command of that name, in any case, or null. The whole name is compared.</summary>
    public Command? Find(ReadOnlySpan<byte> name)
    {
        for (int i = Hash(name) & _mask; ; i = (i + 1) & _mask)
        {
            Command? command = _buckets[i];
            if (command == null || AsciiText.EqualsIgnoreCase(name, command.Utf8Name.Span)) return command;
        }
    }

    /// <summary>The command named "NAME" or "CONTAINER|SUBCOMMAND", in any case, or null.</summary>
    public Command? FindByFullName(ReadOnlySpan<byte> name)
    {
        int bar = name.IndexOf((byte)'|');
        return bar < 0 ? Find(name) : Find(name[..bar])?.FindSubcommand(name[(bar + 1)..]);
    }

    // Case folds with one mask: names are letters, and the comparison decides.
    private static int Hash(ReadOnlySpan<byte> name)
    {
        uint hash = (uint)name.Length;
        foreach (byte b in name) hash = (hash ^ (b & 0xDFu)) * 0x9E3779B1u;
        return (int)(hash >> 12);
    }

    private void Insert(Command command)
    {
        int i = Hash(command.Utf8Name.Span) & _mask;
        while (_buckets[i] != null) i = (i + 1) & _mask;
        _buckets[i] = command;
    }
}
