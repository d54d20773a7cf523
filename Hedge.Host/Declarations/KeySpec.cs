namespace Hedge.Host.Declarations;

/// <summary>How a command uses the keys of a <see cref="KeySpec"/>, as COMMAND INFO shows it.</summary>
[Flags]
public enum KeyFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>"RO".</summary>
    ReadOnly = 1 << 0,

    /// <summary>"RW".</summary>
    ReadWrite = 1 << 1,

    /// <summary>"OW".</summary>
    Overwrite = 1 << 2,

    /// <summary>"RM".</summary>
    Remove = 1 << 3,

    /// <summary>"access".</summary>
    Access = 1 << 4,

    /// <summary>"update".</summary>
    Update = 1 << 5,

    /// <summary>"insert".</summary>
    Insert = 1 << 6,

    /// <summary>"delete".</summary>
    Delete = 1 << 7,

    /// <summary>"not_key".</summary>
    NotKey = 1 << 8,

    /// <summary>"incomplete".</summary>
    Incomplete = 1 << 9,

    /// <summary>"variable_flags".</summary>
    VariableFlags = 1 << 10,
}

/// <summary>
/// Where a command's keys stand among its arguments (index 0 is the command's name): from
/// <paramref name="First"/> to <paramref name="Last"/> (relative to the first; negative counts from the last
/// argument, -1 being the last one), every <paramref name="Step"/>-th argument.
/// </summary>
public sealed record KeySpec(int First, int Last, int Step, KeyFlags Flags)
{
    /// <summary>A note that COMMAND INFO shows with the spec, or null.</summary>
    public string? Notes { get; init; }

    /// <summary>The index of the argument that says how many keys there are, from <see cref="First"/> on; 0
    /// when the declaration says it.</summary>
    public int CountAt { get; init; }

    /// <summary>The word before the first key, somewhere from <see cref="First"/> on; null for
    /// none.</summary>
    public string? Keyword { get; init; }

    /// <summary>Other options with so many values each: what stands there is no keyword, whatever it
    /// says.</summary>
    public IReadOnlyList<(string Word, int Values)> OtherOptions { get; init; } = [];

    /// <summary>Behind a keyword: the keys are the first of so many parts of the arguments left; 0 for all of
    /// them.</summary>
    public int Limit { get; init; }

    /// <summary>True when the keys cannot be told from the arguments: COMMAND INFO says so, and the command
    /// itself holds what it needs.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>One key at <paramref name="index"/>.</summary>
    public static KeySpec At(int index, KeyFlags flags, string? notes = null) =>
        new(index, 0, 1, flags) { Notes = notes };

    /// <summary>All arguments from <paramref name="first"/> on, every <paramref name="step"/>-th.</summary>
    public static KeySpec From(int first, KeyFlags flags, int step = 1) => new(first, -1, step, flags);

    /// <summary>As many keys as the argument at <paramref name="countAt"/> says, right behind it.</summary>
    public static KeySpec Counted(int countAt, KeyFlags flags) =>
        new(countAt + 1, 0, 1, flags) { CountAt = countAt };

    /// <summary>One key behind a word that stands somewhere from an index on.</summary>
    public static KeySpec After(string keyword, int from, KeyFlags flags,
        params (string Word, int Values)[] others) =>
        new(from, 0, 1, flags) { Keyword = keyword, OtherOptions = others };

    /// <summary>Keys that depend on more than the arguments.</summary>
    public static KeySpec Unknown(KeyFlags flags, string notes) =>
        new(0, 0, 1, flags) { IsUnknown = true, Notes = notes };

    /// <summary>One key behind a word that stands somewhere from an index on, of which COMMAND INFO says that
    /// it is unknown.</summary>
    public static KeySpec UnknownAfter(string keyword, int from, KeyFlags flags, string notes,
        params (string Word, int Values)[] others) =>
        Unknown(flags, notes) with { Keyword = keyword, First = from, OtherOptions = others };

    /// <summary>True when only the arguments say where the keys are.</summary>
    public bool IsVariable => CountAt > 0 || Keyword != null || IsUnknown;

    /// <summary>False for arguments that only COMMAND INFO treats like keys (sharded channels).</summary>
    public bool IsKey => (Flags & KeyFlags.NotKey) == 0;

    /// <summary>The last key's index in a request of so many arguments, never beyond the last
    /// argument.</summary>
    public int LastIndex(int argumentCount) =>
        Math.Min(Last >= 0 ? First + Last : argumentCount + Last, argumentCount - 1);
}
