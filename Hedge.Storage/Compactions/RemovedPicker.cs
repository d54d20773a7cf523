using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Compactions;

/// <summary>Finds runs of which much is removed by the range tombstones of newer ones: merging them gives
/// space back although nothing is written any more.</summary>
internal static class RemovedPicker
{
    /// <summary>A run of which so many hundredths are removed is merged at once.</summary>
    public const int Mostly = 50;

    /// <summary>The runs to merge, from the newest with range tombstones to the first run of which enough is
    /// removed; null when there is none.</summary>
    /// <param name="newestFirst">The partition's runs.</param>
    /// <param name="percent">How many hundredths of a run's blocks are enough.</param>
    public static RunRange? Pick(ReadOnlySpan<Run> newestFirst, int percent = Mostly)
    {
        KeyRanges removed = new();
        int first = -1;
        for (int i = 0; i < newestFirst.Length; i++)
        {
            Run run = newestFirst[i];
            if (first >= 0)
            {
                long blocks = BlocksRemoved(run, removed, step: 1);
                bool isEnough = blocks > 0 && blocks * 100 >= run.Blocks * percent;
                if (isEnough) return new RunRange(first, i + 1 - first);
            }

            if (run.Info.Ranges.IsEmpty) continue;
            if (first < 0) first = i;
            removed.Add(run.Info.Ranges.Covered);
        }

        return null;
    }

    /// <summary>How many of a run's blocks are within some ranges.</summary>
    /// <param name="run">The run.</param>
    /// <param name="removed">The ranges.</param>
    /// <param name="step">Only each so manieth range is looked at.</param>
    public static long BlocksRemoved(Run run, KeyRanges removed, int step)
    {
        long blocks = 0;
        for (int i = 0; i < removed.Count && run.Blocks > 0; i += step)
        {
            KeyRange range = removed[i];
            if (range.From.Span.SequenceCompareTo(run.Info.MaxKey) > 0) break;
            bool isToEnd = range.To.Span.SequenceCompareTo(run.Info.MaxKey) > 0;
            long end = isToEnd ? run.Blocks : Math.Max(run.FindBlock(range.To.Span), 0);
            blocks += end - Math.Max(run.FindBlock(range.From.Span), 0);
        }

        return blocks * step;
    }
}
