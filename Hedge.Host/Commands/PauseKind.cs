namespace Hedge.Host.Commands;

/// <summary>Why a run has not come to its end.</summary>
internal enum PauseKind
{
    /// <summary>It has.</summary>
    None,

    /// <summary>Records must be read; nothing was written since the last pause, and it is run again when they
    /// are in memory.</summary>
    Records,

    /// <summary>The client waits for a time or for an event (WAIT); CLIENT UNBLOCK ends that.</summary>
    Time,

    /// <summary>The client waits until another command has changed one of the command's keys, or for a time;
    /// CLIENT UNBLOCK ends that.</summary>
    Keys,

    /// <summary>It needs more partitions than it holds, or that all cores stand still; nothing was written,
    /// and it begins again with them.</summary>
    Partitions,

    /// <summary>Its client's debugger says how it goes on; it keeps what it holds.</summary>
    Debugger,

    /// <summary>It gives others their turn, or has work done elsewhere, and goes on by itself.</summary>
    Turn,
}
