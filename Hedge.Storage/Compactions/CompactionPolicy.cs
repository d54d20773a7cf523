namespace Hedge.Storage.Compactions;

/// <summary>What compaction favours.</summary>
public enum CompactionPolicy
{
    /// <summary>Writes: runs of similar size are merged.</summary>
    Tiered,

    /// <summary>Scans: one run a level.</summary>
    Leveled,

    /// <summary>Both somewhat: tiered, but for the largest level, which is one run.</summary>
    Lazy,

    /// <summary>What the partition is used for: see <see cref="PolicyAdvisor"/>.</summary>
    Auto,
}
