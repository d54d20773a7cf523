namespace Hedge.Host.Declarations;

/// <summary>The classes of notify-keyspace-events; the letters are Redis's.</summary>
[Flags]
public enum KeyspaceEvents
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>K: publish to __keyspace@N__ channels.</summary>
    Keyspace = 1 << 0,

    /// <summary>E: publish to __keyevent@N__ channels.</summary>
    KeyEvent = 1 << 1,

    /// <summary>g: commands of no type (DEL, EXPIRE, RENAME…).</summary>
    Generic = 1 << 2,

    /// <summary>$: string commands.</summary>
    String = 1 << 3,

    /// <summary>l: list commands.</summary>
    List = 1 << 4,

    /// <summary>s: set commands.</summary>
    Set = 1 << 5,

    /// <summary>h: hash commands.</summary>
    Hash = 1 << 6,

    /// <summary>z: sorted-set commands.</summary>
    SortedSet = 1 << 7,

    /// <summary>x: expired.</summary>
    Expired = 1 << 8,

    /// <summary>e: evicted.</summary>
    Evicted = 1 << 9,

    /// <summary>t: stream commands.</summary>
    Stream = 1 << 10,

    /// <summary>m: key misses (not part of "A").</summary>
    KeyMiss = 1 << 11,

    /// <summary>d: module key types.</summary>
    Module = 1 << 12,

    /// <summary>n: new keys (not part of "A").</summary>
    New = 1 << 13,

    /// <summary>A: alias for "g$lshztdxe".</summary>
    All = Generic | String | List | Set | Hash | SortedSet | Expired | Evicted | Stream | Module,
}
