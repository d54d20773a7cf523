namespace Hedge.Host.Declarations;

/// <summary>What COMMAND INFO shows as a command's flags, in Redis's order.</summary>
[Flags]
public enum CommandFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>"write": may change keys.</summary>
    Write = 1 << 0,

    /// <summary>"readonly": reads keys only.</summary>
    ReadOnly = 1 << 1,

    /// <summary>"denyoom": refused when over maxmemory.</summary>
    DenyOom = 1 << 2,

    /// <summary>"module".</summary>
    Module = 1 << 3,

    /// <summary>"admin".</summary>
    Admin = 1 << 4,

    /// <summary>"pubsub".</summary>
    PubSub = 1 << 5,

    /// <summary>"noscript".</summary>
    NoScript = 1 << 6,

    /// <summary>"blocking": may block the client.</summary>
    Blocking = 1 << 7,

    /// <summary>"loading": allowed while loading.</summary>
    Loading = 1 << 8,

    /// <summary>"stale": allowed on a stale replica.</summary>
    Stale = 1 << 9,

    /// <summary>"skip_monitor".</summary>
    SkipMonitor = 1 << 10,

    /// <summary>"skip_slowlog".</summary>
    SkipSlowlog = 1 << 11,

    /// <summary>"asking".</summary>
    Asking = 1 << 12,

    /// <summary>"fast".</summary>
    Fast = 1 << 13,

    /// <summary>"no_auth": allowed before authentication.</summary>
    NoAuth = 1 << 14,

    /// <summary>"may_replicate".</summary>
    MayReplicate = 1 << 15,

    /// <summary>"no_mandatory_keys".</summary>
    NoMandatoryKeys = 1 << 16,

    /// <summary>"no_async_loading".</summary>
    NoAsyncLoading = 1 << 17,

    /// <summary>"no_multi": refused inside MULTI.</summary>
    NoMulti = 1 << 18,

    /// <summary>"movablekeys".</summary>
    MovableKeys = 1 << 19,

    /// <summary>"allow_busy": allowed while a script runs too long.</summary>
    AllowBusy = 1 << 20,
}
