namespace Hedge.Storage.Compactions;

/// <summary>Merges runs of similar size: every byte is rewritten least, the most runs are left.</summary>
/// <remarks>
/// 1. A range of at least <see cref="CompactionOptions.RunsMin"/> neighbours is worth merging when the result
///    is <see cref="CompactionOptions.GrowthPercent"/> of its largest run: then every byte ends in a run so
///    many times larger, and is rewritten no more often than that growth fits between a flush and the whole.
///    Of all such ranges the one is taken that costs the fewest bytes for each run that goes away. Where
///    little is dead a merge only spares look-ups some filters: there it takes more neighbours and growth.
/// 2. If the result would at once be worth merging with the runs older than it, those are merged along: the
///    data is rewritten once instead of twice. Again from 2.
/// 3. If no range is worth merging but the partition has too many runs (<see cref="PickOfTooMany"/>), the
///    neighbours are merged that cost the fewest bytes for each run that goes away.
/// </remarks>
internal static class TieredPicker
{
    /// <summary>The runs to merge, or null when all is well.</summary>
    /// <param name="sizes">The bytes of the partition's runs, newest first.</param>
    /// <param name="isWasteful">Whether much of them is dead.</param>
    /// <param name="options">How eagerly.</param>
    public static RunRange? Pick(ReadOnlySpan<long> sizes, bool isWasteful, CompactionOptions options)
    {
        int runsMin = isWasteful ? options.RunsMin : options.CleanRunsMin;
        int growthPercent = isWasteful ? options.GrowthPercent : options.CleanGrowthPercent;
        RunRange? best = Cheapest(sizes, options, runsMin, growthPercent);
        return best is { } range ? Cascade(sizes, range, options, runsMin, growthPercent) : null;
    }

    /// <summary>The cheapest merge when there are too many runs, or null when there are not.</summary>
    public static RunRange? PickOfTooMany(ReadOnlySpan<long> sizes, CompactionOptions options) =>
        sizes.Length <= options.PartitionRunsMax
            ? null : Cheapest(sizes, options, runsMin: 2, growthPercent: 0);

    private static RunRange? Cheapest(
        ReadOnlySpan<long> sizes, CompactionOptions options, int runsMin, int growthPercent)
    {
        RunRange? best = null;
        double bestCost = double.MaxValue;
        for (int newest = 0; newest + runsMin <= sizes.Length; newest++)
        {
            long sum = 0;
            long largest = 0;
            int limit = Math.Min(sizes.Length, newest + options.RunsMax);
            for (int end = newest + 1; end <= limit; end++)
            {
                long size = Effective(sizes[end - 1], options);
                sum += size;
                largest = Math.Max(largest, size);
                int count = end - newest;
                if (count < runsMin || !IsGrown(sum, largest, growthPercent)) continue;
                double cost = (double)sum / (count - 1);
                if (cost >= bestCost) continue;
                bestCost = cost;
                best = new RunRange(newest, count);
            }
        }

        return best;
    }

    private static RunRange Cascade(
        ReadOnlySpan<long> sizes, RunRange range, CompactionOptions options, int runsMin, int growthPercent)
    {
        while (true)
        {
            long sum = 0;
            foreach (long size in sizes[range.Newest..range.End]) sum += Effective(size, options);
            long largest = sum;
            int limit = Math.Min(sizes.Length, range.Newest + options.RunsMax);
            int extendedEnd = 0;
            for (int end = range.End + 1; end <= limit && extendedEnd == 0; end++)
            {
                long size = Effective(sizes[end - 1], options);
                sum += size;
                largest = Math.Max(largest, size);
                bool isWorthIt = end - range.End >= runsMin - 1 && IsGrown(sum, largest, growthPercent);
                if (isWorthIt) extendedEnd = end;
            }

            if (extendedEnd == 0) return range;
            range = new RunRange(range.Newest, extendedEnd - range.Newest);
        }
    }

    private static long Effective(long size, CompactionOptions options) =>
        Math.Max(1, Math.Max(size, options.SmallBytes));

    private static bool IsGrown(long sum, long largest, int growthPercent) =>
        sum / (double)largest * 100 >= growthPercent;
}
