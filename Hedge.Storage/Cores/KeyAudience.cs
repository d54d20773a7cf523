namespace Hedge.Storage.Cores;

/// <summary>Who is told that a key has changed.</summary>
[Flags]
public enum KeyAudience
{
    /// <summary>Nobody.</summary>
    Nobody = 0,

    /// <summary>Clients that watch the key (WATCH), and those that have read it (CLIENT TRACKING).</summary>
    Watchers = 1,

    /// <summary>Clients that wait for a change of the key.</summary>
    Waiters = 2,

    /// <summary>Both.</summary>
    Everybody = Watchers | Waiters,

    /// <summary>Also a reader whose own command makes the change, and that wants to hear of the changes of
    /// others only: the key, or something in it, has gone by itself.</summary>
    Causer = 4,
}
