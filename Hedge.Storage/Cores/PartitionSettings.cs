namespace Hedge.Storage.Cores;

/// <summary>A partition's share of the engine's options, and what it shares with the other
/// partitions.</summary>
internal sealed class PartitionSettings
{
    /// <summary>Databases at least.</summary>
    public required int Databases { get; init; }

    /// <summary>Bytes of changed records at which the generation is frozen.</summary>
    public required long MemtableBytes { get; init; }

    /// <summary>Logged bytes at which the generation is frozen.</summary>
    public required long MemtableLogBytes { get; init; }

    /// <summary>Frozen generations at most.</summary>
    public required int FrozenGenerationsMax { get; init; }

    /// <summary>When runs are merged.</summary>
    public required Compactions.CompactionOptions Compaction { get; init; }

    /// <summary>Changes in half a second up to which counts are resolved in the background.</summary>
    public required long QuietChanges { get; init; }

    /// <summary>What all partitions and cores share.</summary>
    public required EngineShared Shared { get; init; }
}
