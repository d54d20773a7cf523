namespace Hedge.Storage.Compactions;

/// <summary>Tiered above, leveled at the largest level: one run holds most of the data, and what is newer is
/// merged into it when it amounts to <see cref="CompactionOptions.LazyPercent"/> of it.</summary>
/// <remarks>Source: Dayan and Idreos, "Dostoevsky: Better Space-Time Trade-Offs for LSM-Tree Based Key-Value
/// Stores via Adaptive Removal of Superfluous Merging", 2018.</remarks>
internal static class LazyLevelingPicker
{
    /// <summary>The runs to merge, or null when all is well.</summary>
    /// <param name="sizes">The bytes of the partition's runs, newest first.</param>
    /// <param name="options">How eagerly.</param>
    public static RunRange? Pick(ReadOnlySpan<long> sizes, CompactionOptions options)
    {
        if (sizes.Length < options.RunsMin) return null;
        ReadOnlySpan<long> upper = sizes[..^1];
        long newer = 0;
        foreach (long size in upper) newer += Math.Max(size, options.SmallBytes);
        long last = Math.Max(sizes[^1], options.SmallBytes);
        if (newer * 100 >= last * options.LazyPercent) return new RunRange(0, sizes.Length);
        return TieredPicker.Pick(upper, isWasteful: true, options)
            ?? TieredPicker.PickOfTooMany(sizes, options);
    }
}
