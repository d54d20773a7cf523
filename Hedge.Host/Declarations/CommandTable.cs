namespace Hedge.Host.Declarations;

/// <summary>
/// All commands, found by the name that clients call them by. Built and renamed once at start; read by all
/// cores.
/// </summary>
public sealed class CommandTable
{
    private readonly Dictionary<string, Command> _declared;
    private (byte[] Name, Command Command)[] _buckets = [];
    private int _mask;

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

        _declared = Commands.ToDictionary(c => c.Spec.Name, StringComparer.OrdinalIgnoreCase);
        Callable = Commands;
        Fill([.. Commands.Select(c => (c.Utf8Name.ToArray(), c))]);
    }

    /// <summary>Every command and subcommand, by its declared name.</summary>
    public IReadOnlyList<Command> All { get; }

    /// <summary>Top-level commands, by their declared names.</summary>
    public IReadOnlyList<Command> Commands { get; }

    /// <summary>Those of them that can be called, by their declared names.</summary>
    public IReadOnlyList<Command> Callable { get; private set; }

    /// <summary>The same, each followed by its subcommands.</summary>
    public IEnumerable<Command> AllCallable => Callable.SelectMany(c => (Command[])[c, .. c.Subcommands]);

    /// <summary>The command that clients call by this name, in any case, or null. The whole name is
    /// compared.</summary>
    public Command? Find(ReadOnlySpan<byte> name)
    {
        for (int i = Hash(name) & _mask; ; i = (i + 1) & _mask)
        {
            ref readonly (byte[] Name, Command Command) bucket = ref _buckets[i];
            if (bucket.Name == null || AsciiText.EqualsIgnoreCase(name, bucket.Name)) return bucket.Command;
        }
    }

    /// <summary>The command called "NAME" or "CONTAINER|SUBCOMMAND", in any case, or null.</summary>
    public Command? FindByFullName(ReadOnlySpan<byte> name)
    {
        int bar = name.IndexOf((byte)'|');
        return bar < 0 ? Find(name) : Find(name[..bar])?.FindSubcommand(name[(bar + 1)..]);
    }

    /// <summary>The command declared as "NAME" or "CONTAINER|SUBCOMMAND", in any case, whatever clients call
    /// it; or null.</summary>
    public Command? FindDeclared(ReadOnlySpan<byte> name)
    {
        int bar = name.IndexOf((byte)'|');
        string first = System.Text.Encoding.Latin1.GetString(bar < 0 ? name : name[..bar]);
        if (!_declared.TryGetValue(first, out Command? command)) return null;
        return bar < 0 ? command : command.FindSubcommand(name[(bar + 1)..]);
    }

    /// <summary>What clients call a command that has no subcommands' bar in its name; null when they cannot
    /// call it.</summary>
    public string? NameOf(Command command)
    {
        byte[]? name = Array.Find(_buckets, b => b.Command == command).Name;
        return name == null ? null : System.Text.Encoding.Latin1.GetString(name);
    }

    /// <summary>Gives commands other names, one after the other; an empty name takes a command away. To be
    /// called before anybody looks for a command.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? Rename(IEnumerable<(string Old, string New)> renames)
    {
        Dictionary<string, Command> names = new(_declared, StringComparer.OrdinalIgnoreCase);
        foreach ((string old, string fresh) in renames)
        {
            if (!names.Remove(old, out Command? command))
                return $"No such command in rename-command: {old}";
            if (fresh.Length > 0 && !names.TryAdd(fresh, command))
                return $"Target command name already exists: {fresh}";
        }

        Callable = [.. Commands.Where(names.ContainsValue)];
        Fill([.. names.Select(n => (System.Text.Encoding.UTF8.GetBytes(n.Key), n.Value))]);
        return null;
    }

    // Case folds with one mask: names are letters, and the comparison decides.
    private static int Hash(ReadOnlySpan<byte> name)
    {
        uint hash = (uint)name.Length;
        foreach (byte b in name) hash = (hash ^ (b & 0xDFu)) * 0x9E3779B1u;
        return (int)(hash >> 12);
    }

    private void Fill((byte[] Name, Command Command)[] names)
    {
        int size = 64;
        while (size < names.Length * 4) size *= 2;
        var buckets = new (byte[], Command)[size];
        _mask = size - 1;
        foreach ((byte[] Name, Command Command) named in names)
        {
            int i = Hash(named.Name) & _mask;
            while (buckets[i].Item1 != null) i = (i + 1) & _mask;
            buckets[i] = named;
        }

        _buckets = buckets;
    }
}
