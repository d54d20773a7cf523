namespace Hedge.Storage.Cores;

/// <summary>Who is told that a key has changed.</summary>
[Flags]
public enum KeyAudience
{
    /// <summary>Nobody.</summary>
    Nobody = 0,

    /// <summary>Clients that watch the key (WATCH).</summary>
    Watchers = 1,

    /// <summary>Clients that wait for a change of the key.</summary>
    Waiters = 2,

    /// <summary>Both.</summary>
    Everybody = Watchers | Waiters,
}
