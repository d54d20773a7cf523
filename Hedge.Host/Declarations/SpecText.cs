using System.Numerics;

namespace Hedge.Host.Declarations;

/// <summary>The words by which Redis shows what a <see cref="CommandSpec"/> declares.</summary>
public static class SpecText
{
    private static readonly string[] FlagNames =
    [
        "write", "readonly", "denyoom", "module", "admin", "pubsub", "noscript", "blocking", "loading",
        "stale", "skip_monitor", "skip_slowlog", "asking", "fast", "no_auth", "may_replicate",
        "no_mandatory_keys", "no_async_loading", "no_multi", "movablekeys", "allow_busy",
    ];

    private static readonly string[] CategoryNames =
    [
        "@keyspace", "@read", "@write", "@set", "@sortedset", "@list", "@hash", "@string", "@bitmap",
        "@hyperloglog", "@geo", "@stream", "@pubsub", "@admin", "@fast", "@slow", "@blocking", "@dangerous",
        "@connection", "@transaction", "@scripting",
    ];

    private static readonly string[] KeyFlagNames =
    [
        "RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "not_key", "incomplete",
        "variable_flags",
    ];

    /// <summary>How many categories there are.</summary>
    public static int CategoryCount => CategoryNames.Length;

    /// <summary>The flags' names, in Redis's order.</summary>
    public static IEnumerable<string> Names(CommandFlags flags) => Names((uint)flags, FlagNames);

    /// <summary>The categories' names with '@', in Redis's order.</summary>
    public static IEnumerable<string> Names(AclCategory categories) => Names((uint)categories, CategoryNames);

    /// <summary>The key flags' names, in Redis's order.</summary>
    public static IEnumerable<string> Names(KeyFlags flags) => Names((uint)flags, KeyFlagNames);

    /// <summary>The category of that name (without '@', in any case), or none.</summary>
    public static AclCategory CategoryOf(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < CategoryNames.Length; i++)
        {
            ReadOnlySpan<char> word = CategoryNames[i].AsSpan(1);
            if (word.Length == name.Length && System.Text.Ascii.EqualsIgnoreCase(name, word))
                return (AclCategory)(1 << i);
        }

        return AclCategory.None;
    }

    /// <summary>All ACL categories of a command: the declared ones and those that follow from its
    /// flags.</summary>
    public static AclCategory Categories(CommandSpec spec)
    {
        AclCategory all = spec.Categories;
        if (spec.Flags.HasFlag(CommandFlags.Write)) all |= AclCategory.Write;
        bool scripting = all.HasFlag(AclCategory.Scripting);
        if (spec.Flags.HasFlag(CommandFlags.ReadOnly) && !scripting) all |= AclCategory.Read;
        if (spec.Flags.HasFlag(CommandFlags.Admin)) all |= AclCategory.Admin | AclCategory.Dangerous;
        if (spec.Flags.HasFlag(CommandFlags.PubSub)) all |= AclCategory.PubSub;
        if (spec.Flags.HasFlag(CommandFlags.Blocking)) all |= AclCategory.Blocking;
        return all | (spec.Flags.HasFlag(CommandFlags.Fast) ? AclCategory.Fast : AclCategory.Slow);
    }

    /// <summary>Lower-case name as shown to clients, with "|subcommand".</summary>
    public static string Name(CommandSpec spec) => spec.Name.ToLowerInvariant();

    /// <summary>Number of names that <see cref="Names(CommandFlags)"/> yields.</summary>
    public static int Count(uint bits) => BitOperations.PopCount(bits);

    private static IEnumerable<string> Names(uint bits, string[] names)
    {
        for (; bits != 0; bits &= bits - 1) yield return names[BitOperations.TrailingZeroCount(bits)];
    }
}
