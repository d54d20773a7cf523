using System.Runtime.InteropServices;
using Hedge.Storage.Logs;

namespace Hedge.Storage.Replays;

/// <summary>A record read from a log: one atomic batch. Valid until its reader reads on.</summary>
public readonly ref struct LogRecord
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly Dictionary<int, ulong> _numbers;
    private readonly List<LogPart> _parts;

    internal LogRecord(int core, LogSegmentFile segment, long offset, ReadOnlySpan<byte> body,
        Dictionary<int, ulong> numbers, List<LogPart> parts)
    {
        Core = core;
        Number = segment.Number;
        Path = segment.Path;
        Offset = offset;
        _body = body;
        _numbers = numbers;
        _parts = parts;
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
    public LogOperationReader Operations => new(_body, _numbers);

    /// <summary>The record's parts, in its order.</summary>
    public ReadOnlySpan<LogPart> Parts => CollectionsMarshal.AsSpan(_parts);
}

/// <summary>How one core's log ended.</summary>
/// <param name="Core">The core.</param>
/// <param name="Path">The last segment with records, or the last one.</param>
/// <param name="Offset">Where the good frames end.</param>
/// <param name="DroppedBytes">Bytes of the torn tail, as far as they are known; 0 for a clean end.</param>
/// <param name="IsSealed">True when the log was closed in order.</param>
public readonly record struct LogEnd(int Core, string Path, long Offset, long DroppedBytes, bool IsSealed);
