namespace Hedge.Storage.Logs;

/// <summary>A record as read back: one atomic batch. Valid until its reader reads on.</summary>
public readonly ref struct LogRecord
{
    private readonly ReadOnlySpan<byte> _body;

    internal LogRecord(int core, LogSegmentFile segment, long offset, ReadOnlySpan<byte> body)
    {
        Core = core;
        Number = segment.Number;
        Path = segment.Path;
        Offset = offset;
        _body = body;
    }

    /// <summary>The core whose log the record is in.</summary>
    public int Core { get; }

    /// <summary>The segment's number.</summary>
    public ulong Number { get; }

    /// <summary>The segment's path.</summary>
    public string Path { get; }

    /// <summary>The record's offset in the segment's file.</summary>
    public long Offset { get; }

    /// <summary>The operations in the order they were done.</summary>
    public LogOperationReader Operations => new(_body);

    /// <summary>Puts the record's parts into <paramref name="parts"/>, which is emptied first.</summary>
    public void CopyParts(List<LogPart> parts)
    {
        parts.Clear();
        LogOperationReader operations = Operations;
        while (operations.MoveNext())
        {
            LogOperation operation = operations.Current;
            LogPart last = parts.Count == 0 ? default : parts[^1];
            if (last.Count > 0 && last.Partition == operation.Partition
                && last.Last + 1 == operation.Sequence)
                parts[^1] = last with { Count = last.Count + 1 };
            else
                parts.Add(new LogPart(operation.Partition, operation.Sequence, 1));
        }

        if (!operations.IsWellFormed || parts.Count == 0)
            throw new LogException(
                LogProblem.Corrupt, Path, Offset, "a record with a right checksum is malformed");
    }
}

/// <summary>How one core's log ended.</summary>
/// <param name="Core">The core.</param>
/// <param name="Path">The last segment with records, or the last one.</param>
/// <param name="Offset">Where the good records end.</param>
/// <param name="DroppedBytes">Bytes of the torn tail as far as it can be told; 0 for a clean end.</param>
/// <param name="IsSealed">True when the log was closed in order.</param>
public readonly record struct LogEnd(int Core, string Path, long Offset, long DroppedBytes, bool IsSealed);
