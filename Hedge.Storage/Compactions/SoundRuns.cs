using Hedge.Storage.Runs;

namespace Hedge.Storage.Compactions;

/// <summary>Finds the stretches of neighbouring runs without damage: what a partition with a damaged run can
/// still merge. A partition without damage is one stretch.</summary>
internal static class SoundRuns
{
    /// <summary>The first stretch from a position on; of no runs when there is none.</summary>
    /// <param name="newestFirst">The partition's runs.</param>
    /// <param name="from">The position.</param>
    /// <param name="nowMilliseconds">The time, Unix milliseconds.</param>
    public static RunRange From(ReadOnlySpan<Run> newestFirst, int from, long nowMilliseconds)
    {
        int first = from;
        while (first < newestFirst.Length && newestFirst[first].Damage.IsAvoided(nowMilliseconds)) first++;
        int end = first;
        while (end < newestFirst.Length && !newestFirst[end].Damage.IsAvoided(nowMilliseconds)) end++;
        return new RunRange(first, end - first);
    }
}
