namespace Hedge.Host.Declarations;

/// <summary>A registered command: declaration, code, and what dispatch needs at hand.</summary>
public sealed unsafe class Command
{
    private readonly KeySpec? _keys;

    /// <summary>A command.</summary>
    /// <param name="spec">Its declaration.</param>
    /// <param name="code">The address of its code, for whoever has what it takes as its argument.</param>
    // SAFETY: the address of a static method of this assembly, which is never unloaded.
    internal Command(CommandSpec spec, void* code)
    {
        Spec = spec;
        Code = code;
        LowerName = spec.Name.ToLowerInvariant();
        Utf8Name = System.Text.Encoding.ASCII.GetBytes(spec.Name);
        SubcommandUtf8Name = Utf8Name[(spec.Name.IndexOf('|', StringComparison.Ordinal) + 1)..];
        ReadsAhead = (spec.Flags & CommandFlags.Fast) != 0
            && (spec.Flags & (CommandFlags.ReadOnly | CommandFlags.Write)) != 0
            && (spec.Categories & (AclCategory.Hash | AclCategory.Set | AclCategory.SortedSet
                | AclCategory.List | AclCategory.Stream)) != 0;
        bool reads = (spec.Flags & CommandFlags.ReadOnly) != 0 && spec.Keys.Length > 0;
        CountsLookups = (reads && !Has(CommandTraits.CountsNoLookups)) || Has(CommandTraits.CountsLookups);
        MayWrite = (spec.Flags & CommandFlags.Write) != 0
            || (Has(CommandTraits.RunsScript) && (spec.Flags & CommandFlags.ReadOnly) == 0);
        TellsMisses = CountsLookups && !Has(CommandTraits.TellsNoMisses);
        // WATCH keeps its keys in the client's session, which other cores don't have; a command that may
        // block its client is run by the client's core.
        bool isLocal = (spec.Flags & CommandFlags.Blocking) != 0 || spec.Group == "transactions";
        _keys = spec is { Scope: CommandScope.Keys, Keys: [{ Step: 1 } only] }
            && !isLocal && only is { IsKey: true, IsVariable: false } ? only : null;
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

    /// <summary>True when it is cheap, and reads some of a collection's elements: while it waits for the
    /// commands before it on the same key, what it is going to miss is read already.</summary>
    public bool ReadsAhead { get; }

    /// <summary>True when it may change keys: a write, or a script.</summary>
    public bool MayWrite { get; }

    /// <summary>True when its look-ups that find nothing are keyspace events of class m.</summary>
    public bool TellsMisses { get; }

    /// <summary>Position in the table: a small dense number for per-command statistics.</summary>
    public int Index { get; internal set; }

    /// <summary>The address of the command's code.</summary>
    internal void* Code { get; }

    /// <summary>True when the command has this trait, or one of these.</summary>
    internal bool Has(CommandTraits traits) => (Spec.Traits & traits) != 0;

    /// <summary>The command of which it is a subcommand; null for another.</summary>
    public Command? Container { get; private set; }

    internal void AddSubcommands(IReadOnlyList<Command> subcommands)
    {
        Subcommands = subcommands;
        foreach (Command subcommand in subcommands) subcommand.Container = this;
    }

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
