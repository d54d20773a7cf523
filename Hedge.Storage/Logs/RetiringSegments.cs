using System.Collections.Concurrent;
using Hedge.Storage.Io;
using Hedge.Storage.Values;

namespace Hedge.Storage.Logs;

/// <summary>A core's segments that the log does not need any more, oldest first: each becomes a spare or a
/// value file, or is deleted, when the archive has it, if there is one. The core adds segments, its
/// background thread does the rest.</summary>
internal sealed class RetiringSegments(IDisk disk, string directory, long segmentBytes, ValueFiles? values,
    LedgerUpdates ledger, LogSpares spares)
{
    // More than this does not wait for an archive that cannot be written.
    private const long WaitingBytesMax = 1L << 30;

    private readonly ConcurrentQueue<LogSegment> _returned = new();
    private LogSegment? _retiring;
    private long _bytes;

    /// <summary>Bytes of their files. Any thread.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Takes a segment. Core only.</summary>
    public void Add(LogSegment segment)
    {
        Interlocked.Add(ref _bytes, segment.HeldBytes);
        _returned.Enqueue(segment);
    }

    /// <summary>True when <see cref="Step"/> would do something. Any thread.</summary>
    public bool HasWork(LogArchive? archive)
    {
        LogSegment? oldest = _retiring;
        if (oldest is null && !_returned.TryPeek(out oldest)) return false;
        return archive is null || archive.Has(oldest.Number) || Bytes > WaitingBytesMax;
    }

    /// <summary>Retires the oldest segment, or tries again what has failed. Background thread.</summary>
    /// <param name="archive">Where it should be; null for nowhere.</param>
    /// <param name="isBounded">True when segments must be short, so that none is kept as a spare.</param>
    /// <exception cref="DiskException">The disk failed.</exception>
    public void Step(LogArchive? archive, bool isBounded)
    {
        if (_retiring is null) _returned.TryDequeue(out _retiring);
        LogSegment segment = _retiring!;
        if (archive is not null && !archive.Has(segment.Number)) archive.Skip(segment.Number);
        Retire(segment, isBounded);
        Interlocked.Add(ref _bytes, -segment.HeldBytes);
        _retiring = null;
    }

    /// <summary>Closes the files.</summary>
    public void Close()
    {
        while (_returned.TryDequeue(out LogSegment? segment)) segment.File.Dispose();
    }

    private void Retire(LogSegment segment, bool isBounded)
    {
        ledger.NeedsNot(segment.Number);
        string path = SegmentNames.PathOf(directory, segment.Core, segment.Number, ".log");
        string spare = SegmentNames.PathOf(directory, segment.Core, segment.Number, ".old");
        if (disk.Exists(path) && values is not null && values.IsReferenced(segment.Core, segment.Number))
        {
            Trim(segment);
            disk.Rename(path, values.PathOf(new ValueFileId(segment.Core, segment.Number)));
        }
        else if (disk.Exists(path))
        {
            if (spares.IsShort && !isBounded) disk.Rename(path, spare);
            else disk.Delete(path);
        }

        disk.SyncDirectory(directory);
        bool isSpare = disk.Exists(spare);
        long length = isSpare ? disk.Length(segment.File) : 0;
        // Not earlier: a crash could bring the file back as a part of the log.
        if (length > segmentBytes) disk.Truncate(segment.File, segmentBytes);
        values?.LeftLog(segment.Core, segment.Number);
        segment.File.Dispose();
        if (isSpare) spares.Add(spare, Math.Min(length, segmentBytes));
    }

    // The values do not need the space that is allocated after the segment's end.
    private void Trim(LogSegment segment)
    {
        long used = segment.OffsetOf(segment.EndPosition) + AlignedBuffer.Alignment - 1;
        used &= -AlignedBuffer.Alignment;
        if (used < disk.Length(segment.File)) disk.Truncate(segment.File, used);
    }
}
