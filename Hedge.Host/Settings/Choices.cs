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

/// <summary>How the server's log is written.</summary>
public enum LogFormat
{
    /// <summary>Lines in redis-server's form.</summary>
    Text,

    /// <summary>A JSON object a line.</summary>
    Json,
}

/// <summary>Who may do what is forbidden by default.</summary>
public enum Permission
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
    /// <summary>All.</summary>
    AllChannels,

    /// <summary>None.</summary>
    ResetChannels,
}

/// <summary>What manages the process.</summary>
public enum Supervision
{
    /// <summary>Nothing that must be told.</summary>
    No,

    /// <summary>upstart, which Hedge does not serve.</summary>
    Upstart,

    /// <summary>systemd: it is told when the server is ready and when it stops.</summary>
    Systemd,

    /// <summary>systemd where it has set NOTIFY_SOCKET.</summary>
    Auto,
}

/// <summary>Whether and how the process says how soon the kernel should end it for lack of
/// memory.</summary>
public enum OomScoring
{
    /// <summary>The score is left as it is.</summary>
    No,

    /// <summary>As <see cref="Relative"/>.</summary>
    Yes,

    /// <summary>Added to the score that the process had at its start.</summary>
    Relative,

    /// <summary>The score itself.</summary>
    Absolute,
}

/// <summary>Under which name the system's log files the lines.</summary>
public enum SyslogFacility
{
    /// <summary>user.</summary>
    User = 1,

    /// <summary>local0.</summary>
    Local0 = 16,

    /// <summary>local1.</summary>
    Local1,

    /// <summary>local2.</summary>
    Local2,

    /// <summary>local3.</summary>
    Local3,

    /// <summary>local4.</summary>
    Local4,

    /// <summary>local5.</summary>
    Local5,

    /// <summary>local6.</summary>
    Local6,

    /// <summary>local7.</summary>
    Local7,
}

/// <summary>How the server goes down on a signal, as SHUTDOWN's words say it.</summary>
[Flags]
public enum ShutdownOptions
{
    /// <summary>As SHUTDOWN without a word.</summary>
    Default = 0,

    /// <summary>With a checkpoint.</summary>
    Save = 1,

    /// <summary>Even if the log cannot be written.</summary>
    NoSave = 2,

    /// <summary>Without waiting for replicas, of which there are none.</summary>
    Now = 4,

    /// <summary>Whatever fails.</summary>
    Force = 8,
}
