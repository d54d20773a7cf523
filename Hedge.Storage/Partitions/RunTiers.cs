using Hedge.Storage.Runs;

namespace Hedge.Storage.Partitions;

/// <summary>Run files by size, four times larger from tier to tier: below 1 MiB, below 4 MiB, and so
/// on.</summary>
public sealed class RunTiers
{
    /// <summary>Number of tiers; the last has no upper end.</summary>
    public const int Count = 12;

    private const int FirstShift = 20;
    private const int ShiftPerTier = 2;

    private readonly long[] _runs = new long[Count];
    private readonly long[] _bytes = new long[Count];
    private readonly long[] _storedBlockBytes = new long[Count];
    private readonly long[] _blockBytes = new long[Count];

    /// <summary>Number of runs of a tier.</summary>
    public long Runs(int tier) => _runs[tier];

    /// <summary>Bytes of the runs of a tier.</summary>
    public long Bytes(int tier) => _bytes[tier];

    /// <summary>Bytes of a tier's data blocks in memory per byte on disk; 0 when there are none.</summary>
    public double CompressionRatio(int tier) =>
        _storedBlockBytes[tier] == 0 ? 0 : (double)_blockBytes[tier] / _storedBlockBytes[tier];

    /// <summary>The size that runs of a tier stay below, in bytes.</summary>
    public static long EndOf(int tier) =>
        tier == Count - 1 ? long.MaxValue : 1L << (FirstShift + (tier * ShiftPerTier));

    /// <summary>Adds a partition's runs. Roughly right from any thread.</summary>
    public void Add(Partition partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        foreach (Run run in partition.Runs.Newest)
        {
            int tier = 0;
            while (run.Info.FileBytes >= EndOf(tier)) tier++;
            _runs[tier]++;
            _bytes[tier] += run.Info.FileBytes;
            _storedBlockBytes[tier] += run.Info.StoredBlockBytes;
            _blockBytes[tier] += run.Info.BlockBytes;
        }
    }

    /// <summary>Adds another table.</summary>
    public void Add(RunTiers other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int i = 0; i < Count; i++)
        {
            _runs[i] += other._runs[i];
            _bytes[i] += other._bytes[i];
            _storedBlockBytes[i] += other._storedBlockBytes[i];
            _blockBytes[i] += other._blockBytes[i];
        }
    }
}
