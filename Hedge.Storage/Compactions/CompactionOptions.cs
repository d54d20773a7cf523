namespace Hedge.Storage.Compactions;

/// <summary>How eagerly the policies merge.</summary>
internal sealed class CompactionOptions
{
    /// <summary>The least number of neighbouring runs that are merged; 2 … 16, 4 by default. With more
    /// there are fewer rewrites, and look-ups ask more runs.</summary>
    public int RunsMin { get; init; } = 4;

    /// <summary>Tiered: the same where little is dead, so that a merge frees nothing; 2 … 24, 10 by default.
    /// </summary>
    public int CleanRunsMin { get; init; } = 10;

    /// <summary>The most runs that one merge reads; <see cref="RunsMin"/> … 64, 24 by default.</summary>
    public int RunsMax { get; init; } = 24;

    /// <summary>The most runs that a partition keeps; 4 … 256, 32 by default. Above it the neighbours whose
    /// merge costs least are merged, whatever their sizes.</summary>
    public int PartitionRunsMax { get; init; } = 32;

    /// <summary>How many hundredths of its largest run a merge's result must have; 150 … 1,000, 250 by
    /// default. More: fewer rewrites, more runs.</summary>
    public int GrowthPercent { get; init; } = 250;

    /// <summary>Tiered: the same where little is dead; 150 … 1,000, 400 by default.</summary>
    public int CleanGrowthPercent { get; init; } = 400;

    /// <summary>Leveled: how many times larger each level's run is than all above it; 2 … 16, 6 by default.
    /// </summary>
    public int LevelRatio { get; init; } = 6;

    /// <summary>Lazy leveling: how many hundredths of the largest run the newer ones amount to when they are
    /// merged into it; 10 … 100, 25 by default.</summary>
    public int LazyPercent { get; init; } = 25;

    /// <summary>Runs below this size count as this large; 0 … 1 GiB, 1 MiB by default.</summary>
    public long SmallBytes { get; init; } = 1024 * 1024;

    /// <summary>All mistakes in the options; empty when there are none.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        Check(RunsMin is >= 2 and <= 16, "RunsMin is 2 to 16");
        Check(CleanRunsMin is >= 2 and <= 24, "CleanRunsMin is 2 to 24");
        Check(RunsMax >= Math.Max(RunsMin, CleanRunsMin) && RunsMax <= 64,
            "RunsMax is RunsMin and CleanRunsMin to 64");
        Check(PartitionRunsMax is >= 4 and <= 256, "PartitionRunsMax is 4 to 256");
        Check(GrowthPercent is >= 150 and <= 1000, "GrowthPercent is 150 to 1,000");
        Check(CleanGrowthPercent is >= 150 and <= 1000, "CleanGrowthPercent is 150 to 1,000");
        Check(LevelRatio is >= 2 and <= 16, "LevelRatio is 2 to 16");
        Check(LazyPercent is >= 10 and <= 100, "LazyPercent is 10 to 100");
        Check(SmallBytes is >= 0 and <= 1L << 30, "SmallBytes is 0 to 1 GiB");
        return problems;

        void Check(bool holds, string rule)
        {
            if (!holds) problems.Add(rule);
        }
    }
}
