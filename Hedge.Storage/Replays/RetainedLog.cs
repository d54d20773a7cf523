using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Replays;

/// <summary>A segment of a log that a recovery has read and not flushed.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Number">Its number.</param>
/// <param name="Id">Its id.</param>
/// <param name="End">The file offset after its last frame, or the file's length.</param>
internal readonly record struct RetainedSegment(string Path, ulong Number, ulong Id, long End);

/// <summary>
/// A core's log that stays after a recovery because the disk had no room to flush what is in it. The core's
/// new log goes on after it under the next number, and gives its segments back when everything is flushed.
/// </summary>
/// <remarks>
/// To retain a log: (1) it is closed with a seal, if it has none; (2) the ledger says that the segments up
/// to the seal are needed, and that they are durable; (3) segments after the seal, which have no records,
/// are deleted. A crash in between leaves a log that the next recovery can read. Nothing here takes space:
/// a segment always has room for its seal.
/// </remarks>
/// <param name="Core">The core.</param>
/// <param name="Segments">The segments, oldest first.</param>
/// <param name="Highest">By partition, the highest sequence number in them.</param>
internal sealed record RetainedLog(int Core, IReadOnlyList<RetainedSegment> Segments, ulong[] Highest)
{
    /// <summary>The number of the segment that follows.</summary>
    public ulong NextNumber => Segments[^1].Number + 1;

    /// <summary>Retains a log that was read to its end without damage.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="segments">All segments of the core.</param>
    /// <param name="identity">The core's ledger, which must exist.</param>
    /// <param name="end">Where the log ends.</param>
    /// <param name="highest">By partition, the highest sequence number there is.</param>
    /// <exception cref="IOException">The disk failed.</exception>
    public static RetainedLog Retain(IDisk disk, string dataDirectory,
        IReadOnlyList<LogSegmentFile> segments, LedgerIdentity identity, in LogEnd end, ulong[] highest)
    {
        List<RetainedSegment> retained = [];
        int count = 0;
        while (retained.Count == 0 || segments[count - 1].Path != end.Path)
            retained.Add(Find(disk, segments[count++], end));
        using (LogLedger ledger = LogLedger.Open(disk, dataDirectory, identity))
        {
            ledger.Write(ledger.State with
            {
                Last = retained[^1].Number,
                Segment = retained[^1].Number,
                Synced = retained[^1].End,
                IsClosed = false,
                StagedIn = 0,
                Highest = highest,
            });
        }

        for (int i = segments.Count - 1; i >= count; i--) disk.Delete(segments[i].Path);
        disk.SyncDirectory(SegmentNames.DirectoryOf(dataDirectory));
        return new RetainedLog(identity.Core, retained, highest);
    }

    /// <summary>Opens the segments for the log that follows. They end where it begins.</summary>
    /// <exception cref="DiskException">A segment cannot be opened.</exception>
    public IEnumerable<LogSegment> Open(IDisk disk)
    {
        foreach (RetainedSegment old in Segments)
        {
            DiskFile file = disk.Open(old.Path, DiskOpenMode.ReadWrite);
            LogSegment segment = new(file, Core, old.Number, old.Id, disk.Length(file), Highest.Length)
            {
                BasePosition = LogFormat.SegmentHeaderBytes - old.End,
                EndPosition = 0,
            };
            Highest.CopyTo(segment.Highest, 0);
            yield return segment;
        }
    }

    private static RetainedSegment Find(IDisk disk, in LogSegmentFile segment, in LogEnd end)
    {
        using DiskFile file = disk.Open(segment.Path, DiskOpenMode.ReadWrite);
        Span<byte> header = stackalloc byte[LogFormat.SegmentHeaderBytes];
        int read = disk.Read(file, 0, header);
        ulong id = LogFormat.ReadSegmentHeader(header[..read], segment.Path, segment.Core, segment.Number);
        bool isLast = segment.Path == end.Path;
        if (!isLast) return new RetainedSegment(segment.Path, segment.Number, id, disk.Length(file));
        if (end.IsSealed) return new RetainedSegment(segment.Path, segment.Number, id, end.Offset);
        Span<byte> seal = stackalloc byte[LogFormat.SealBytes];
        seal[LogFormat.FrameHeaderBytes] = LogItem.Seal;
        seal[LogFormat.FrameHeaderBytes + 1] = LogItem.SealClosed;
        LogFormat.CloseFrame(
            seal, LogFormat.SeedOf(id), LogFormat.TagOf(id) + (uint)end.Offset, (uint)end.Offset);
        disk.Write(file, end.Offset, seal);
        disk.Sync(file);
        return new RetainedSegment(segment.Path, segment.Number, id, end.Offset + seal.Length);
    }
}
