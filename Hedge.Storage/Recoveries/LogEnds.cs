using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Replays;

namespace Hedge.Storage.Recoveries;

/// <summary>Copies into the archive what a killed process had no time to copy: the rest of its logs, before
/// they are deleted.</summary>
internal static class LogEnds
{
    /// <summary>True to copy nothing, so that tests can show that they find the mistake.</summary>
    internal static bool IsSkipped { get; set; }

    private const int PieceBytes = 1 << 20;

    /// <summary>Copies. Segments of starts that were not archived stay out.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="catalog">The logs.</param>
    /// <param name="ends">Where they end.</param>
    /// <param name="folder">The archive.</param>
    /// <param name="milliseconds">The time, which is after all that is in them.</param>
    /// <returns>Why it failed; null when it has not.</returns>
    public static string? Archive(IDisk disk, LogCatalog catalog, IReadOnlyList<LogEnd> ends,
        ArchiveFolder folder, long milliseconds)
    {
        if (IsSkipped) return null;
        try
        {
            IReadOnlyList<ulong> starts = folder.Starts(disk);
            using AlignedBuffer buffer = new(PieceBytes);
            foreach (IReadOnlyList<LogSegmentFile> segments in catalog.Cores)
            {
                int last = EndOf(segments, ends, out LogEnd end);
                for (int i = 0; i <= last; i++)
                {
                    ulong start = starts.LastOrDefault(start => start <= segments[i].Number);
                    if (start == 0) continue;
                    Copy(disk, segments[i], folder.PathOf(start), i == last ? end.Offset : long.MaxValue,
                        milliseconds, buffer);
                }
            }

            return null;
        }
        catch (IOException problem)
        {
            return problem.Message;
        }
    }

    private static int EndOf(IReadOnlyList<LogSegmentFile> segments, IReadOnlyList<LogEnd> ends,
        out LogEnd end)
    {
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            foreach (LogEnd each in ends)
            {
                if (each.Path != segments[i].Path) continue;
                end = each;
                return i;
            }
        }

        end = default;
        return -1;
    }

    private static void Copy(IDisk disk, in LogSegmentFile segment, string folder, long end,
        long milliseconds, AlignedBuffer buffer)
    {
        using DiskFile source = disk.Open(segment.Path, DiskOpenMode.ReadDirect);
        using ArchivedSegment target =
            ArchivedSegment.Open(disk, folder, segment.Core, segment.Number);
        end = Math.Min(end, disk.Length(source));
        while (target.Copy(source, end, buffer))
        {
        }

        target.Commit(milliseconds);
    }
}
