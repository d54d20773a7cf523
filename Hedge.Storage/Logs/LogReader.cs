using Hedge.Storage.Io;

namespace Hedge.Storage.Logs;

/// <summary>Reads one core's log from its oldest segment to its end, at start-up. Synchronous.</summary>
/// <remarks>
/// Where the frame at an offset is not whole and right:
/// 1. A later segment of the log has a frame, so this one was durable: corrupt.
/// 2. Some frame of this segment, before or after, notes that the log was durable beyond this offset:
/// corrupt.
/// 3. Otherwise this was never known to be durable: the log ends here, and what follows is a torn tail
/// (sectors
///    of it may have survived anywhere) or what the file held before.
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
    private bool _ended;

    /// <summary>Opens a core's log: one of <see cref="LogCatalog.Cores"/>.</summary>
    public LogReader(IDisk disk, IReadOnlyList<LogSegmentFile> segments)
    {
        _disk = disk;
        _segments = segments;
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
    /// <exception cref="LogException">The log is damaged, has a gap or another version.</exception>
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

            if (_segment is null && !OpenNext()) break;
            if (!_segment!.TryRead(_offset, out ReadOnlySpan<byte> body, out long synced))
            {
                EndOrThrow();
                break;
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

    // Finds the record's parts and its end. The numbers stay those before the record: its operations are read
    // again with them.
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
                "a record in a frame with a right checksum is malformed");
        }

        _nextAt = _recordAt + operations.Length;
    }

    private bool OpenNext()
    {
        if (++_index == _segments.Count)
        {
            _ended = true;
            return false;
        }

        CheckNumber(_index);
        Open(_index, ref _segment);
        _offset = LogFormat.SegmentHeaderBytes;
        _synced = 0;
        return true;
    }

    private void Open(int index, ref LogSegmentReader? reader)
    {
        LogSegmentReader? before = reader;
        before?.Dispose();
        reader = null;
        reader = new LogSegmentReader(_disk, _segments[index], before);
    }

    private void CheckNumber(int index)
    {
        if (index == 0 || _segments[index].Number == _segments[index - 1].Number + 1) return;
        LogSegmentFile before = _segments[index - 1];
        throw new LogException(
            LogProblem.MissingSegment, before.Path, 0,
            $"the segment after it (number {before.Number + 1}) is missing");
    }

    private void Sealed(byte kind)
    {
        if (kind == LogItem.SealClosed)
        {
            _ended = true;
            End = new LogEnd(Core, _segment!.Path, _offset, 0, true);
            return;
        }

        if (_index + 1 == _segments.Count)
        {
            throw new LogException(
                LogProblem.MissingSegment, _segment!.Path, _frameOffset,
                "the segment that follows is missing");
        }

        _index++;
        CheckNumber(_index);
        Open(_index, ref _segment);
        _offset = LogFormat.SegmentHeaderBytes;
        _synced = 0;
    }

    private void EndOrThrow()
    {
        LogSegmentReader segment = _segment!;
        (long end, long synced) = segment.Search(_offset + 1);
        if (Math.Max(synced, _synced) > _offset)
        {
            throw new LogException(
                LogProblem.Corrupt, segment.Path, _offset, "a frame that was durable is damaged");
        }

        for (int later = _index + 1; later < _segments.Count; later++)
        {
            CheckNumber(later);
            using LogSegmentReader next = new(_disk, _segments[later], null);
            if (next.Search(LogFormat.SegmentHeaderBytes).End > 0)
            {
                throw new LogException(
                    LogProblem.Corrupt, segment.Path, _offset,
                    "a frame is damaged and a later segment has frames");
            }
        }

        long claimed = Math.Min(_offset + segment.ClaimedLength(_offset), segment.Length);
        End = new LogEnd(Core, segment.Path, _offset, Math.Max(claimed, end) - _offset, false);
        if (End.DroppedBytes < 0) End = End with { DroppedBytes = 0 };
        _ended = true;
    }
}
