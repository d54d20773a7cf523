namespace Hedge.Host.Declarations;

/// <summary>What is special about a command beside what COMMAND INFO shows of it. Nobody but the command
/// itself asks for its name.</summary>
[Flags]
internal enum CommandTraits
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Between MULTI and EXEC it runs at once instead of being queued.</summary>
    RunsInMulti = 1 << 0,

    /// <summary>It ends a transaction, so it is allowed when a transaction may not grow.</summary>
    EndsMulti = 1 << 1,

    /// <summary>It runs the queued commands of a transaction (EXEC), when no watched key has
    /// changed.</summary>
    RunsTransaction = 1 << 2,

    /// <summary>A RESP2 client that has subscriptions may send it.</summary>
    ForSubscribers = 1 << 4,

    /// <summary>It sends a message to a channel, or to a shard channel.</summary>
    Publishes = 1 << 5,

    /// <summary>It sends a message to a shard channel.</summary>
    PublishesSharded = 1 << 6,

    /// <summary>CLIENT PAUSE does not stop it.</summary>
    RunsWhilePaused = 1 << 7,

    /// <summary>Its look-ups count as use of the key also after CLIENT NO-TOUCH.</summary>
    AlwaysTouches = 1 << 8,

    /// <summary>It tells itself that a key it writes is new.</summary>
    TellsNewKeys = 1 << 9,

    /// <summary>It writes, and its look-ups count as hits and misses all the same.</summary>
    CountsLookups = 1 << 10,

    /// <summary>It only reads, and its look-ups do not count as hits and misses.</summary>
    CountsNoLookups = 1 << 11,

    /// <summary>Its look-ups that find nothing are no keyspace events.</summary>
    TellsNoMisses = 1 << 12,

    /// <summary>It only reads, but keeps at the key what it has computed: CLIENT PAUSE … WRITE stops
    /// it.</summary>
    KeepsResults = 1 << 13,

    /// <summary>It runs a script, which may touch any key.</summary>
    RunsScript = 1 << 14,

    /// <summary>Argument 1 is a script's digest, not its text.</summary>
    NamesScript = 1 << 15,

    /// <summary>Argument 1 is the name of a function.</summary>
    NamesFunction = 1 << 16,

    /// <summary>It may write to another database than the client's.</summary>
    ReachesDatabases = 1 << 17,

    /// <summary>What CLIENT CACHING has said still holds for the command behind it, or behind one of its
    /// subcommands.</summary>
    KeepsCaching = 1 << 18,
}

/// <summary>Which arguments of a command are shown to nobody else: not in SLOWLOG, not in
/// MONITOR.</summary>
internal enum SecretArguments
{
    /// <summary>None.</summary>
    None,

    /// <summary>All behind the command's name.</summary>
    All,

    /// <summary>The two behind the option AUTH.</summary>
    AuthOption,

    /// <summary>Values of secret settings, in pairs of name and value from argument 2 on.</summary>
    SecretSettings,
}
