namespace Hedge.Host.Declarations;

/// <summary>What a command must hold while it runs.</summary>
public enum CommandScope
{
    /// <summary>The partitions of its declared keys; with no keys, nothing but its session.</summary>
    Keys,

    /// <summary>The partition that the cursor in argument 1 names, then those behind it as far as the command
    /// gets; all of them inside a transaction.</summary>
    Cursor,

    /// <summary>Every partition.</summary>
    AllPartitions,

    /// <summary>Every core: all other loops stand still,
    /// so that all sessions and settings may be touched.</summary>
    AllCores,
}
