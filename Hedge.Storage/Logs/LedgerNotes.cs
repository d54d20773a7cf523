namespace Hedge.Storage.Logs;

/// <summary>
/// Decides when a log's ledger notes how far the log is durable: one delay after the first record that the
/// ledger does not cover, as soon as those records are synced, and when the log is closed. The background
/// thread writes the note. Core only.
/// </summary>
internal sealed class LedgerNotes(LogSegmentPool pool, int partitions, long delayMicroseconds)
{
    private readonly ulong[] _highest = new ulong[partitions];
    private ulong[] _pending = [];
    private long _pendingEnd = -1;
    private long _noted;
    private long _due = -1;
    private bool _hasClosed;

    /// <summary>True when the ledger has noted that the log is closed, or has failed to.</summary>
    public bool IsClosed => _hasClosed && pool.Ledger.HasNoted;

    /// <summary>The time at which a turn has a note to make.</summary>
    public long NextTurn(long synced) =>
        _due < 0 || (_pendingEnd >= 0 && synced < _pendingEnd) ? long.MaxValue : _due;

    /// <summary>Takes over the numbers of a segment that gets no more records.</summary>
    public void Rolled(LogSegment segment) => Add(segment);

    /// <summary>Makes the note that is due.</summary>
    /// <param name="now">Monotonic microseconds.</param>
    /// <param name="lastRecordEnd">The end of the last record.</param>
    /// <param name="current">The segment that takes records.</param>
    /// <param name="flusher">The flusher, which knows what is synced.</param>
    public void Turn(long now, long lastRecordEnd, LogSegment current, LogFlusher flusher)
    {
        if (_due < 0)
        {
            if (lastRecordEnd <= _noted || !pool.Ledger.Exists) return;
            _due = now + delayMicroseconds;
        }

        if (_pendingEnd < 0)
        {
            if (now < _due) return;
            Add(current);
            _pending = [.. _highest];
            _pendingEnd = lastRecordEnd;
        }

        if (flusher.Synced < _pendingEnd) return;
        Note(flusher, _pending, false);
        _noted = _pendingEnd;
        _pendingEnd = -1;
        _due = -1;
    }

    /// <summary>Notes that the log is closed and that all of it is durable.</summary>
    public void Close(LogSegment current, LogFlusher flusher)
    {
        if (_hasClosed) return;
        _hasClosed = true;
        _due = -1;
        Add(current);
        Note(flusher, _highest, true);
    }

    // Synced lies in the segment being written, because a segment gets its first byte only when all earlier
    // segments are synced.
    private void Note(LogFlusher flusher, ulong[] highest, bool isClosed)
    {
        LogSegment segment = flusher.Segment;
        long synced = segment.OffsetOf(flusher.Synced);
        pool.Ledger.Note(new LedgerNote(segment.Number, synced, isClosed, highest));
        pool.Archive?.Synced(segment.Number, synced);
    }

    private void Add(LogSegment segment)
    {
        for (int i = 0; i < _highest.Length; i++) _highest[i] = Math.Max(_highest[i], segment.Highest[i]);
    }
}
