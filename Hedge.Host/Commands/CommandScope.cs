namespace Hedge.Host.Commands;

/// <summary>What a command must hold while it runs.</summary>
public enum CommandScope
{
    /// <summary>The partitions of its declared keys; with no keys, nothing but its session.</summary>
    Keys,

    /// <summary>The partition that the cursor in argument 1 names.</summary>
    Cursor,

    /// <summary>Every partition.</summary>
    AllPartitions,

    /// <summary>Every core: all other loops stand still,
    /// so that all sessions and settings may be touched.</summary>
    AllCores,
}
