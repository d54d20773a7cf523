namespace Hedge.Storage.Compactions;

/// <summary>Keeps one run a level, each <see cref="CompactionOptions.LevelRatio"/> times the one above at
/// least: the fewest runs are left, every byte is rewritten most.</summary>
/// <remarks>
/// New runs gather until there are enough. They are merged with the next older run when that is smaller
/// than the ratio times all that is newer. The same rule then decides for the next older run, and so on.
/// </remarks>
internal static class LeveledPicker
{
    /// <summary>The runs to merge, or null when all is well.</summary>
    /// <param name="sizes">The bytes of the partition's runs, newest first.</param>
    /// <param name="options">How eagerly.</param>
    public static RunRange? Pick(ReadOnlySpan<long> sizes, CompactionOptions options)
    {
        long newer = 0;
        int count = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            long size = Math.Max(sizes[i], options.SmallBytes);
            if (i + 1 >= options.RunsMin && newer * options.LevelRatio >= size) count = i + 1;
            newer += size;
        }

        return count == 0 ? TieredPicker.PickOfTooMany(sizes, options) : new RunRange(0, count);
    }
}
