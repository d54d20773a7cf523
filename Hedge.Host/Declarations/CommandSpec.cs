namespace Hedge.Host.Declarations;

/// <summary>
/// A command's declaration: the one source for dispatch, arity checks, routing, COMMAND and its subcommands,
/// the compatibility table, and the grammar of the fuzzer and of the differential tests.
/// </summary>
/// <param name="Name">Upper-case name; a subcommand is named "CONTAINER|SUBCOMMAND".</param>
/// <param name="Arity">Number of arguments with the name (and the subcommand's); negative:
/// at least that many.</param>
/// <param name="Flags">Flags as COMMAND INFO shows them.</param>
/// <param name="Categories">ACL categories that do not follow from the flags.</param>
/// <param name="Keys">Where the keys stand.</param>
public sealed record CommandSpec(string Name, int Arity, CommandFlags Flags, AclCategory Categories,
    params KeySpec[] Keys)
{
    /// <summary>True when only the arguments say where some of the keys are.</summary>
    internal bool HasVariableKeys { get; } = Keys.Any(spec => spec.IsVariable);

    /// <summary>What the command must hold while it runs.</summary>
    public CommandScope Scope { get; init; } = CommandScope.Keys;

    /// <summary>True when what it has found before a pause must still be so after it: it keeps its partitions
    /// meanwhile.</summary>
    public bool KeepsPartitions { get; init; }

    /// <summary>The error for every call of a command that never runs; null for the others.</summary>
    internal string? Refusal { get; init; }

    /// <summary>What else is special about the command.</summary>
    internal CommandTraits Traits { get; init; }

    /// <summary>Which of its arguments are channels.</summary>
    internal ChannelUse Channels { get; init; }

    /// <summary>Which of its arguments are shown to nobody else.</summary>
    internal SecretArguments Secrets { get; init; }

    /// <summary>The arguments after the name, in the notation of Redis's documentation, such as
    /// "key value [NX | XX] [GET]".</summary>
    public required string Syntax { get; init; }

    /// <summary>
    /// What COMMAND DOCS shows of the arguments and the syntax does not say: one word per node of the
    /// argument tree, in the order of the syntax, as name[:type][#key spec][@since][!deprecated since]; or ^
    /// for an option whose parts are no block: the first of them has the token. Null when all names and types
    /// are the default ones (see <c>SyntaxParser</c>).
    /// </summary>
    public string? Arguments { get; init; }

    /// <summary>Redis version that introduced the command.</summary>
    public required string Since { get; init; }

    /// <summary>Group as COMMAND DOCS shows it: "string", "generic", "connection"…</summary>
    public required string Group { get; init; }

    /// <summary>Time complexity.</summary>
    public required string Complexity { get; init; }

    /// <summary>One line on what the command does.</summary>
    public required string Summary { get; init; }

    /// <summary>Command tips that COMMAND INFO shows.</summary>
    public IReadOnlyList<string> Tips { get; init; } = [];

    /// <summary>It looks up the records of all its keys, values and all: of very many they are read some at a
    /// time before it runs.</summary>
    public bool ReadsAllKeys { get; init; }

    /// <summary>(version, change) pairs that COMMAND DOCS shows.</summary>
    public IReadOnlyList<(string Version, string Change)> History { get; init; } = [];

    /// <summary>A key that COMMAND INFO does not show, or null.</summary>
    public HiddenKey? HiddenKey { get; init; }

    /// <summary>True for a command that is not for clients ("syscmd" in COMMAND DOCS).</summary>
    public bool IsSystemCommand { get; init; }

    /// <summary>Redis version that deprecated the command, or null.</summary>
    public string? DeprecatedSince { get; init; }

    /// <summary>What replaces a deprecated command, or null.</summary>
    public string? ReplacedBy { get; init; }
}
