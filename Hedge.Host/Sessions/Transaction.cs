namespace Hedge.Host.Sessions;

/// <summary>Commands queued between MULTI and EXEC.</summary>
public sealed class Transaction
{
    /// <summary>The queued requests' number.</summary>
    public int Count { get; internal set; }

    /// <summary>A queued command had an error: EXEC answers EXECABORT.</summary>
    public bool Aborted { get; set; }
}
