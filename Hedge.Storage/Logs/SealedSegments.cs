namespace Hedge.Storage.Logs;

/// <summary>A log's segments that get no more records but still hold records that are in no run, oldest
/// first. Core only.</summary>
internal sealed class SealedSegments(LogSegmentPool pool) : IDisposable
{
    private readonly Queue<LogSegment> _segments = new();

    /// <summary>How many.</summary>
    public int Count => _segments.Count;

    /// <summary>Their numbers.</summary>
    public IEnumerable<ulong> Numbers => _segments.Select(segment => segment.Number);

    /// <summary>Bytes of their files.</summary>
    public long HeldBytes
    {
        get
        {
            long bytes = 0;
            foreach (LogSegment segment in _segments) bytes += segment.HeldBytes;
            return bytes;
        }
    }

    /// <summary>Adds a segment after all others.</summary>
    public void Add(LogSegment segment) => _segments.Enqueue(segment);

    /// <summary>Gives back to the pool the segments that are written and whose operations are all flushed,
    /// up to the first that is not. Returns how many.</summary>
    public int Release(ReadOnlySpan<ulong> flushed, LogFlusher flusher)
    {
        int count = 0;
        while (_segments.TryPeek(out LogSegment? oldest) && oldest.EndPosition <= flusher.Synced
            && !flusher.Uses(oldest) && oldest.IsObsolete(flushed))
        {
            pool.Return(_segments.Dequeue());
            count++;
        }

        return count;
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (LogSegment segment in _segments) segment.File.Dispose();
        _segments.Clear();
    }
}
