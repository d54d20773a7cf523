using Hedge.Storage.Io;
using Hedge.Storage.Logs;

namespace Hedge.Storage.Replays;

/// <summary>Reads one core's log from its oldest segment to its end, at start-up. Synchronous.</summary>
/// <remarks>
/// When the frame at an offset is torn or wrong:
/// 1. If a later segment of the log has a frame, this one was durable: the log is corrupt.
/// 2. If another frame of this segment, before or after, says that the log was durable beyond this offset,
///    the log is corrupt.
/// 3. If the log's ledger says that the log was durable beyond this offset, or if the file is shorter than
///    it was made, the log is corrupt.
/// 4. Otherwise the frame was never known to be durable. The log ends here, and what follows is a torn tail
///    (sectors of it may have survived anywhere) or what the file held before.
/// </remarks>
public sealed class LogReader : IDisposable
{
    private readonly IDisk _disk;
    private readonly IReadOnlyList<LogSegmentFile> _segments;
    private LogSegmentReader? _segment;
    private int _index = -1;
    private long _offset;
    private readonly Dictionary<int, ulong> _numbers = [];
    private readonly List<LogPart> _parts = [];
    private long _frameOffset;
    private int _frameLength;
    private int _recordAt;
    private int _nextAt;
    private long _synced;
    private readonly LedgerState? _ledger;
    private readonly List<LogException>? _damages;
    private bool _isInSegment;
    private bool _ended;

    /// <summary>Opens a core's log: one of <see cref="LogCatalog.Cores"/>.</summary>
    public LogReader(IDisk disk, IReadOnlyList<LogSegmentFile> segments)
        : this(disk, segments, null, null)
    {
    }

    /// <summary>Opens a core's log.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="segments">Its segments, at least one.</param>
    /// <param name="ledger">What must exist; null when that is unknown.</param>
    /// <param name="damages">Gets what is wrong, and reading goes on with the next segment that exists.
    /// With null, the reader throws instead.</param>
    internal LogReader(IDisk disk, IReadOnlyList<LogSegmentFile> segments, LedgerState? ledger,
        List<LogException>? damages)
    {
        _disk = disk;
        _segments = segments;
        _ledger = ledger;
        _damages = damages;
        Core = segments[0].Core;
    }

    /// <summary>The log's core.</summary>
    public int Core { get; }

    /// <summary>How the log ended; valid after <see cref="Read"/> has returned false.</summary>
    public LogEnd End { get; private set; }

    /// <summary>The record read last; valid until the next <see cref="Read"/>.</summary>
    public LogRecord Current => new(Core, _segments[_index], RecordOffset,
        _segment!.Body(_frameOffset, _frameLength)[_recordAt.._nextAt], _numbers, _parts);

    /// <summary>Goes on to the next record; false at the end of the log.</summary>
    /// <exception cref="LogException">The log is damaged, has a gap or has another version.</exception>
    /// <exception cref="DiskException">The disk cannot read.</exception>
    public bool Read()
    {
        while (!_ended)
        {
            if (_nextAt < _frameLength)
            {
                NextRecord();
                return true;
            }

            if (!_isInSegment && !OpenNext()) break;
            if (!_segment!.TryRead(_offset, out ReadOnlySpan<byte> body, out long synced))
            {
                EndOrLeave();
                continue;
            }

            _frameOffset = _offset;
            _offset += LogFormat.FrameHeaderBytes + body.Length;
            _synced = Math.Max(_synced, synced);
            bool isControl = body[0] is LogItem.Mark or LogItem.Seal;
            _frameLength = isControl ? 0 : body.Length;
            _nextAt = 0;
            _numbers.Clear();
            _parts.Clear();
            if (body[0] == LogItem.Seal) Sealed(body.Length > 1 ? body[1] : (byte)0);
        }

        return false;
    }

    /// <summary>Closes the file being read.</summary>
    public void Dispose() => _segment?.Dispose();

    private long RecordOffset => _frameOffset + LogFormat.FrameHeaderBytes + _recordAt;

    // Finds the record's parts and its end. It leaves the numbers as they were before the record, since its
    // operations are read again with them.
    private void NextRecord()
    {
        foreach (LogPart part in _parts) _numbers[part.Partition] = part.Last;
        _parts.Clear();
        _recordAt = _nextAt;
        ReadOnlySpan<byte> rest = _segment!.Body(_frameOffset, _frameLength)[_recordAt..];
        LogOperationReader operations = new(rest, _numbers);
        while (operations.MoveNext())
        {
            LogOperation operation = operations.Current;
            LogPart last = _parts.Count == 0 ? default : _parts[^1];
            if (last.Count > 0 && last.Partition == operation.Partition
                && last.Last + 1 == operation.Sequence)
                _parts[^1] = last with { Count = last.Count + 1 };
            else
                _parts.Add(new LogPart(operation.Partition, operation.Sequence, 1));
        }

        if (!operations.IsWellFormed || _parts.Count == 0)
        {
            throw new LogException(
                LogProblem.Corrupt, _segment.Path, RecordOffset,
                "a frame's checksum is right, but a record in it is malformed");
        }

        _nextAt = _recordAt + operations.Length;
    }

    private bool OpenNext()
    {
        while (++_index < _segments.Count)
        {
            CheckNumber(_index);
            if (!TryOpen(_index)) continue;
            _isInSegment = true;
            _offset = LogFormat.SegmentHeaderBytes;
            _synced = 0;
            return true;
        }

        _ended = true;
        return false;
    }

    private bool TryOpen(int index)
    {
        LogSegmentReader? before = _segment;
        before?.Dispose();
        _segment = null;
        try
        {
            _segment = new LogSegmentReader(_disk, _segments[index], before);
        }
        catch (LogException problem) when (problem.Problem == LogProblem.Corrupt)
        {
            Damaged(problem);
            return false;
        }

        if (_ledger is not null && _segment.Length < _segment.AllocatedBytes)
        {
            Damaged(new LogException(LogProblem.Corrupt, _segment.Path, _segment.Length,
                $"the file ends here, but it was created with {_segment.AllocatedBytes} bytes"));
        }

        return true;
    }

    // With a ledger, the missing segments are known already.
    private void CheckNumber(int index)
    {
        if (_ledger is not null || index == 0
            || _segments[index].Number == _segments[index - 1].Number + 1) return;
        LogSegmentFile before = _segments[index - 1];
        Damaged(new LogException(
            LogProblem.MissingSegment, before.Path, 0,
            $"the segment after it (number {before.Number + 1}) is missing"));
    }

    private void Damaged(LogException problem)
    {
        if (_damages is null) throw problem;
        _damages.Add(problem);
    }

    private void Sealed(byte kind)
    {
        if (kind == LogItem.SealClosed && !IsRetained)
        {
            _ended = true;
            End = new LogEnd(Core, _segment!.Path, _offset, 0, true);
            return;
        }

        _isInSegment = false;
        if (kind == LogItem.SealClosed) return;
        bool isKnown = _ledger is not null && _segments[_index].Number < _ledger.LastNeeded;
        if (_index + 1 < _segments.Count || isKnown) return;
        Damaged(new LogException(
            LogProblem.MissingSegment, _segment!.Path, _frameOffset,
            "the segment that follows is missing"));
    }

    // The log of a later start goes on after one that was closed (RetainedLog). The ledger says so.
    private bool IsRetained => _ledger is not null && (_ledger.IsClosed
        ? _segments[_index].Number < _ledger.Segment
        : _index + 1 < _segments.Count);

    private void EndOrLeave()
    {
        LogSegmentReader segment = _segment!;
        _isInSegment = false;
        (long end, long synced) = segment.Search(_offset + 1);
        bool isCovered = _ledger is not null && _ledger.Covers(_segments[_index].Number, _offset);
        if (Math.Max(synced, _synced) > _offset || isCovered)
        {
            Damaged(new LogException(
                LogProblem.Corrupt, segment.Path, _offset, "a frame that was durable is damaged"));
            return;
        }

        for (int later = _index + 1; later < _segments.Count; later++)
        {
            CheckNumber(later);
            if (!HasFrames(later)) continue;
            Damaged(new LogException(
                LogProblem.Corrupt, segment.Path, _offset,
                "a frame is damaged and a later segment has frames"));
            return;
        }

        long claimed = Math.Min(_offset + segment.ClaimedLength(_offset), segment.Length);
        End = new LogEnd(Core, segment.Path, _offset, Math.Max(claimed, end) - _offset, false);
        if (End.DroppedBytes < 0) End = End with { DroppedBytes = 0 };
        _ended = true;
    }

    private bool HasFrames(int index)
    {
        try
        {
            using LogSegmentReader reader = new(_disk, _segments[index], null);
            return reader.Search(LogFormat.SegmentHeaderBytes).End > 0;
        }
        catch (LogException problem) when (problem.Problem == LogProblem.Corrupt)
        {
            Damaged(problem);
            return false;
        }
    }
}
