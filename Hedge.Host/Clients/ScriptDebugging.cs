namespace Hedge.Host.Clients;

/// <summary>What SCRIPT DEBUG asked for: how the client's next EVAL runs.</summary>
public enum ScriptDebugging
{
    /// <summary>As usual.</summary>
    Off,

    /// <summary>In the debugger; what it has changed is undone at the end (YES).</summary>
    Undone,

    /// <summary>In the debugger; what it has changed stays (SYNC).</summary>
    Kept,
}
