using System.Reflection;
using System.Runtime.CompilerServices;
using Hedge.Host.Commands;

namespace Hedge.Host.Declarations;

/// <summary>A registered command: declaration, code, and what dispatch needs at hand.</summary>
public sealed unsafe class Command
{
    private readonly KeySpec? _keys;

    // SAFETY: the address of a static method of this assembly, which is never unloaded.
    private readonly delegate*<CommandContext, void> _execute;

    internal Command(CommandSpec spec, delegate*<CommandContext, void> execute)
    {
        Spec = spec;
        _execute = execute;
        LowerName = spec.Name.ToLowerInvariant();
        Utf8Name = System.Text.Encoding.ASCII.GetBytes(spec.Name);
        SubcommandUtf8Name = Utf8Name[(spec.Name.IndexOf('|', StringComparison.Ordinal) + 1)..];
        CountsLookups = ((spec.Flags & CommandFlags.ReadOnly) != 0 && spec.Keys.Length > 0
            && spec.Name != "MEMORY|USAGE")
            || spec.Name is "GETEX" or "GETDEL" or "GETSET";
        TellsMisses = CountsLookups && !spec.Name.StartsWith("OBJECT", StringComparison.Ordinal);
        // WATCH keeps its keys in the client's session, which other cores don't have; a command that may
        // block its client is run by the client's core.
        bool isLocal = (spec.Flags & CommandFlags.Blocking) != 0 || spec.Group == "transactions";
        _keys = spec is { Scope: CommandScope.Keys, Keys: [{ Step: 1 } only] }
            && !isLocal && only.IsKey ? only : null;
    }

    /// <summary>The declaration.</summary>
    public CommandSpec Spec { get; }

    /// <summary>Lower-case name, as statistics and error texts have it.</summary>
    public string LowerName { get; }

    /// <summary>Upper-case name as bytes.</summary>
    public ReadOnlyMemory<byte> Utf8Name { get; }

    /// <summary>The name's part after '|', or the whole name.</summary>
    public ReadOnlyMemory<byte> SubcommandUtf8Name { get; }

    /// <summary>Subcommands of a container, in order of name; empty for others.</summary>
    public IReadOnlyList<Command> Subcommands { get; private set; } = [];

    /// <summary>Argument index of the only key of a request of so many arguments;
    /// 0 when it has none or several.</summary>
    public int OnlyKeyIndex(int argumentCount)
    {
        if (_keys == null || _keys.First >= argumentCount) return 0;
        return _keys.LastIndex(argumentCount) == _keys.First ? _keys.First : 0;
    }

    /// <summary>True when its look-ups count as hits and misses: those of reads, not those of
    /// writes.</summary>
    public bool CountsLookups { get; }

    /// <summary>True when its look-ups that find nothing are keyspace events of class m.</summary>
    public bool TellsMisses { get; }

    /// <summary>Position in the table: a small dense number for per-command statistics.</summary>
    public int Index { get; internal set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Execute(CommandContext context) => _execute(context);

    internal void AddSubcommands(IReadOnlyList<Command> subcommands) => Subcommands = subcommands;

    /// <summary>True when a request of <paramref name="argumentCount"/> arguments satisfies the
    /// arity.</summary>
    public bool Accepts(int argumentCount) =>
        Spec.Arity >= 0 ? argumentCount == Spec.Arity : argumentCount >= -Spec.Arity;

    /// <summary>The subcommand of that name, in any case, or null.</summary>
    public Command? FindSubcommand(ReadOnlySpan<byte> name)
    {
        foreach (Command subcommand in Subcommands)
        {
            if (AsciiText.EqualsIgnoreCase(name, subcommand.SubcommandUtf8Name.Span)) return subcommand;
        }

        return null;
    }
}

/// <summary>
/// All commands, found by name. Built once at start from every <see cref="ICommand"/> in the assembly;
/// read by all cores.
/// </summary>
public sealed unsafe class CommandTable
{
    private readonly Command?[] _buckets;
    private readonly int _mask;

    /// <summary>Builds the table.</summary>
    /// <param name="more">Commands of tests.</param>
    public CommandTable(params IEnumerable<Type> more)
    {
        var all = new List<Command>();
        foreach (Type type in typeof(CommandTable).Assembly.GetTypes().Concat(more))
        {
            if (!type.IsClass || type.IsAbstract || !typeof(ICommand).IsAssignableFrom(type)) continue;
            all.Add((Command)Builder.MakeGenericMethod(type).Invoke(null, null)!);
        }

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

    private static MethodInfo Builder { get; } =
        typeof(CommandTable).GetMethod(nameof(Build), BindingFlags.NonPublic | BindingFlags.Static)!;

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

    private static Command Build<T>() where T : ICommand => new(T.Spec, &T.Execute);

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
