namespace Hedge.Storage.Compactions;

/// <summary>Decides what a partition merges next. Pure: sizes in, a range out.</summary>
/// <remarks>Only neighbours in age are merged, since a run's age decides what shadows what. So any policy can
/// take over from any other at any time.</remarks>
internal static class CompactionPicker
{
    /// <summary>The runs to merge, or null when all is well.</summary>
    /// <param name="policy">One of the three that pick.</param>
    /// <param name="sizes">The bytes of the partition's runs, newest first.</param>
    /// <param name="isWasteful">Whether much of them is dead, so that merging frees space.</param>
    /// <param name="options">How eagerly.</param>
    public static RunRange? Pick(
        CompactionPolicy policy, ReadOnlySpan<long> sizes, bool isWasteful, CompactionOptions options) =>
        policy switch
        {
            CompactionPolicy.Leveled => LeveledPicker.Pick(sizes, options),
            CompactionPolicy.Lazy => LazyLevelingPicker.Pick(sizes, options),
            _ => TieredPicker.Pick(sizes, isWasteful, options)
                ?? TieredPicker.PickOfTooMany(sizes, options),
        };
}
