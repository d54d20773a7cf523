using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Statistics;
using Hedge.Storage.Partitions;
using Hedge.Storage.Values;

namespace Hedge.Host.Commands.Administration;

/// <summary>What INFO and HEDGE.STATS tell about the storage engine: the cores' counters, at most a tick old,
/// and what follows from them. Ratios are 0 where there is nothing to divide by.</summary>
internal sealed class StorageFigures
{
    /// <summary>Those of now, for a command.</summary>
    public StorageFigures(CommandContext context)
        : this(context.Server, context.Databases, context.RefreshFigures)
    {
    }

    /// <summary>Those of now, or of the cores' last tick. Any thread.</summary>
    /// <param name="server">The server.</param>
    /// <param name="databases">The databases.</param>
    /// <param name="refresh">Brings the calling core's up to date.</param>
    public StorageFigures(Server server, IDatabases databases, Action? refresh = null)
    {
        refresh?.Invoke();
        PolicyName = SettingDeclarations.CompactionPolicy.Format(server.Settings.Current.CompactionPolicy);
        Tiers = databases.RunTiers();
        ValueLog = databases.ValueLog;
        foreach (CoreStatistics core in server.Statistics.Cores)
        {
            Sum.Add(core.Counters);
            // All cores see the same.
            GarbageFiles = Math.Max(GarbageFiles, core.Counters.GarbageFiles);
        }
    }

    /// <summary>The sums over all cores.</summary>
    public readonly CoreCounters Sum;

    /// <summary>compaction-policy.</summary>
    public string PolicyName { get; }

    /// <summary>Run files by size.</summary>
    public RunTiers Tiers { get; }

    /// <summary>Value files.</summary>
    public ValueLogFigures ValueLog { get; }

    /// <summary>Run and value files that are to be deleted.</summary>
    public long GarbageFiles { get; }

    /// <summary>Bytes written by log, flushes and compactions per byte of keys and values that clients
    /// wrote.</summary>
    public double WriteAmplification =>
        Ratio(Sum.LogBytesWritten + Sum.FlushedBytes + Sum.CompactedBytes, Sum.UserBytesWritten);

    public double WriteAmplificationWithoutLog =>
        Ratio(Sum.FlushedBytes + Sum.CompactedBytes, Sum.UserBytesWritten);

    /// <summary>Bytes of run files, value files and log per byte of live keys and values.</summary>
    public double SpaceAmplification =>
        Ratio(Sum.RunBytes + ValueLog.Bytes + Sum.LogBytes, Sum.LiveBytes);

    public double RunSpaceAmplification => Ratio(Sum.RunBytes, Sum.LiveBytes);

    /// <summary>Bytes of data blocks in memory per byte on disk: 1 without compression.</summary>
    public double CompressionRatio => Ratio(Sum.BlockBytes, Sum.StoredBlockBytes);

    /// <summary>The part of the stored keys and values that is replaced, removed or bookkeeping.</summary>
    public double WasteRatio => Ratio(Math.Max(0, Sum.StoredBytes - Sum.LiveBytes), Sum.StoredBytes);

    /// <summary>Of the times that a filter was asked for a key its run does not have, how often it said
    /// maybe.</summary>
    public double FalsePositiveRate =>
        Ratio(Sum.FilterFalsePositives, Sum.FilterFalsePositives + Sum.FilterNegatives);

    public double RecordHitRate => Ratio(Sum.RecordHits, Sum.RecordHits + Sum.RecordMisses);

    public double BlockCacheHitRate => Ratio(Sum.BlockCacheHits, Sum.BlockCacheHits + Sum.BlockCacheMisses);

    /// <summary>How many partitions are merged by each policy, as "tiered=16,leveled=0,lazy=0".</summary>
    public string PoliciesInUse => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"tiered={Sum.TieredPartitions},leveled={Sum.LeveledPartitions},lazy={Sum.LazyPartitions}");

    public static double Ratio(double part, double whole) => whole > 0 ? part / whole : 0;
}
