namespace Hedge.Host.Scripting;

/// <summary>What a script or a function says of itself.</summary>
[Flags]
internal enum ScriptFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>"no-writes".</summary>
    NoWrites = 1 << 0,

    /// <summary>"allow-oom": it may write when there is no room.</summary>
    AllowOom = 1 << 1,

    /// <summary>"allow-stale": for replicas; it changes nothing here.</summary>
    AllowStale = 1 << 2,

    /// <summary>"no-cluster".</summary>
    NoCluster = 1 << 3,

    /// <summary>"allow-cross-slot-keys".</summary>
    AllowCrossSlotKeys = 1 << 4,

    /// <summary>It has no first line that says what it is: a script of the time before flags.</summary>
    Plain = 1 << 5,
}

/// <summary>The names of <see cref="ScriptFlags"/>.</summary>
internal static class ScriptFlagNames
{
    private static readonly (string Name, ScriptFlags Flag)[] All =
    [
        ("no-writes", ScriptFlags.NoWrites), ("allow-oom", ScriptFlags.AllowOom),
        ("allow-stale", ScriptFlags.AllowStale), ("no-cluster", ScriptFlags.NoCluster),
        ("allow-cross-slot-keys", ScriptFlags.AllowCrossSlotKeys),
    ];

    /// <summary>Finds a flag.</summary>
    public static bool TryFind(string name, out ScriptFlags flag)
    {
        foreach ((string known, ScriptFlags value) in All)
        {
            flag = value;
            if (known == name) return true;
        }

        flag = ScriptFlags.None;
        return false;
    }

    /// <summary>The names of some flags, in their order.</summary>
    public static IEnumerable<string> Of(ScriptFlags flags) =>
        from known in All where flags.HasFlag(known.Flag) select known.Name;
}
