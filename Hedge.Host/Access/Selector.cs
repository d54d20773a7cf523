using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Access;

/// <summary>One set of rights: commands, with the keys and channels that they may use. Never
/// changes.</summary>
internal sealed record Selector
{
    /// <summary>No rights.</summary>
    public static Selector Empty(CommandTable commands) =>
        new() { Allowed = CommandSet.Of(commands, all: false) };

    /// <summary>The commands that are allowed with any arguments.</summary>
    public required CommandSet Allowed { get; init; }

    /// <summary>True when commands of later versions are allowed: it began with all commands.</summary>
    public bool AllowsFuture { get; init; }

    /// <summary>Commands that are allowed with these first arguments, in upper case.</summary>
    public IReadOnlyDictionary<Command, IReadOnlyList<string>> FirstArguments { get; init; } =
        new Dictionary<Command, IReadOnlyList<string>>();

    /// <summary>What the commands came from, in order: "+get", "-@write".</summary>
    public IReadOnlyList<string> CommandRules { get; init; } = [];

    /// <summary>True when every key is allowed.</summary>
    public bool AllKeys { get; init; }

    /// <summary>The keys that are allowed.</summary>
    public IReadOnlyList<KeyPattern> Keys { get; init; } = [];

    /// <summary>True when every channel is allowed.</summary>
    public bool AllChannels { get; init; }

    /// <summary>The channels that are allowed, in Latin-1.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    /// <summary>True when it allows everything.</summary>
    public bool IsUnlimited => AllowsFuture && CommandRules.Count == 0 && AllKeys && AllChannels;

    /// <summary>The rules for commands.</summary>
    public string CommandText => string.Join(' ', [AllowsFuture ? "+@all" : "-@all", .. CommandRules]);

    /// <summary>The rules for keys.</summary>
    public string KeyText => AllKeys ? "~*" : string.Join(' ', Keys);

    /// <summary>The rules for channels.</summary>
    public string ChannelText => AllChannels ? "&*" : string.Join(' ', Channels.Select(static c => '&' + c));

    /// <summary>All rules, as they make it out of nothing.</summary>
    public override string ToString()
    {
        string channels = AllChannels ? "&*" : Words("resetchannels", ChannelText);
        return Words(KeyText, channels, CommandText);
    }

    /// <summary>What stands in a request's way.</summary>
    public Denial Check<T>(Command command, in T arguments)
        where T : IArguments, allows ref struct
    {
        if ((command.Spec.Flags & CommandFlags.NoAuth) == 0 && !Allowed.Contains(command)
            && !IsAllowedWith(command, arguments))
            return new Denial(DenialKind.Command, 0);
        if (!AllKeys)
        {
            KeyPositions keys = KeyPositions.Of(command.Spec, arguments);
            // The command is going to answer that it does not understand what its keys are.
            while (!keys.AreUnclear && keys.MoveNext())
            {
                // A key that COMMAND INFO does not show is not looked at, as in Redis.
                if (keys.Spec is not { } spec) continue;
                KeyAccess needed = KeyNeeds.Of(command, spec, arguments);
                if (!Reaches(arguments[keys.Current], needed))
                    return new Denial(DenialKind.Key, keys.Current);
            }
        }

        return AllChannels ? default : CheckChannels(command.Spec.Channels, arguments);
    }

    /// <summary>True when every key may be used in this way.</summary>
    public bool ReachesAll(KeyAccess needed) =>
        AllKeys || Keys.Any(pattern => pattern.Glob == "*" && (pattern.Access & needed) == needed);

    private static string Words(params string[] words) =>
        string.Join(' ', words.Where(static w => w.Length > 0));

    private bool IsAllowedWith<T>(Command command, in T arguments)
        where T : IArguments, allows ref struct
    {
        if (!FirstArguments.TryGetValue(command, out IReadOnlyList<string>? allowed) || arguments.Count < 2)
            return false;
        foreach (string word in allowed)
            if (AsciiText.EqualsIgnoreCase(arguments[1], Encoding.Latin1.GetBytes(word))) return true;
        return false;
    }

    private bool Reaches(ReadOnlySpan<byte> key, KeyAccess needed)
    {
        foreach (KeyPattern pattern in Keys)
            if ((pattern.Access & needed) == needed && Glob.Matches(pattern.Bytes, key)) return true;
        return false;
    }

    private Denial CheckChannels<T>(ChannelUse use, in T arguments)
        where T : IArguments, allows ref struct
    {
        if (use == ChannelUse.None) return default;
        int end = use == ChannelUse.Publishes ? Math.Min(2, arguments.Count) : arguments.Count;
        for (int i = 1; i < end; i++)
            if (!ReachesChannel(arguments[i], use == ChannelUse.SubscribesToPatterns))
                return new Denial(DenialKind.Channel, i);
        return default;
    }

    /// <summary>True when a channel is allowed, or a pattern of channels: that only if it is one of those
    /// here.</summary>
    public bool ReachesChannel(ReadOnlySpan<byte> channel, bool isPattern)
    {
        if (AllChannels) return true;
        foreach (string allowed in Channels)
        {
            byte[] pattern = Encoding.Latin1.GetBytes(allowed);
            if (isPattern ? channel.SequenceEqual(pattern) : Glob.Matches(pattern, channel)) return true;
        }

        return false;
    }
}
