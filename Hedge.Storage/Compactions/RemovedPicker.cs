using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Compactions;

/// <summary>Finds runs that are mostly removed by the range tombstones of newer ones: merging them gives
/// space back although nothing is written any more.</summary>
internal static class RemovedPicker
{
    /// <summary>A run is merged when one block in so many, or more, is removed.</summary>
    private const int BlocksPerRemoved = 2;

    /// <summary>The runs to merge, from the newest with range tombstones to the first run that is mostly
    /// removed; null when there is none.</summary>
    public static RunRange? Pick(ReadOnlySpan<Run> newestFirst)
    {
        KeyRanges removed = new();
        int first = -1;
        for (int i = 0; i < newestFirst.Length; i++)
        {
            Run run = newestFirst[i];
            if (first >= 0 && IsMostlyRemoved(run, removed)) return new RunRange(first, i + 1 - first);
            if (run.Info.Ranges.IsEmpty) continue;
            if (first < 0) first = i;
            removed.Add(run.Info.Ranges.Covered);
        }

        return null;
    }

    private static bool IsMostlyRemoved(Run run, KeyRanges removed)
    {
        long blocks = 0;
        for (int i = 0; i < removed.Count && run.Blocks > 0; i++)
        {
            KeyRange range = removed[i];
            if (range.From.Span.SequenceCompareTo(run.Info.MaxKey) > 0) break;
            bool isToEnd = range.To.Span.SequenceCompareTo(run.Info.MaxKey) > 0;
            long end = isToEnd ? run.Blocks : Math.Max(run.FindBlock(range.To.Span), 0);
            blocks += end - Math.Max(run.FindBlock(range.From.Span), 0);
        }

        return blocks > 0 && blocks * BlocksPerRemoved >= run.Blocks;
    }
}
