namespace Hedge.Host.Settings;

/// <summary>When a write is safe from power loss.</summary>
public enum AppendFsync
{
    /// <summary>Synced once a second.</summary>
    EverySec,

    /// <summary>Synced before the reply.</summary>
    Always,

    /// <summary>Synced by the operating system.</summary>
    No,
}

/// <summary>How the server talks to the kernel.</summary>
public enum IoMode
{
    /// <summary>io_uring where the kernel allows it, else portable.</summary>
    Auto,

    /// <summary>io_uring, or no start.</summary>
    Uring,

    /// <summary>Sockets and positional file I/O.</summary>
    Portable,
}

/// <summary>What is logged.</summary>
public enum LogLevel
{
    /// <summary>Everything.</summary>
    Debug,

    /// <summary>Much.</summary>
    Verbose,

    /// <summary>What an operator wants to know.</summary>
    Notice,

    /// <summary>Problems only.</summary>
    Warning,
}

/// <summary>Who may use DEBUG.</summary>
public enum DebugAccess
{
    /// <summary>No one.</summary>
    No,

    /// <summary>Everyone.</summary>
    Yes,

    /// <summary>Clients on this machine.</summary>
    Local,
}

/// <summary>Which channels a new user may use.</summary>
public enum ChannelDefault
{
    /// <summary>None.</summary>
    ResetChannels,

    /// <summary>All.</summary>
    AllChannels,
}
