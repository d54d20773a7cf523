using System.Buffers.Binary;
using Hedge.Storage.Io;
using Hedge.Storage.Values;

namespace Hedge.Storage.Logs;

/// <summary>What a log segment had at a time: everything before the offset was durable then, at the
/// latest.</summary>
/// <param name="End">The offset in the segment.</param>
/// <param name="Milliseconds">Unix milliseconds.</param>
internal readonly record struct ArchiveTime(long End, long Milliseconds);

/// <summary>A log segment in the archive, and how far it was copied at which times.</summary>
/// <remarks>
/// <code>times := (end:u64 milliseconds:u64 zero:u32 crc:u32)*    24 bytes each; crc of the 20 before</code>
/// 1. The bytes are copied and synced. 2. A time is appended and synced: only what it covers counts. So a
/// crash in between copies the same bytes again. The copy's header does not say how long the segment was
/// made, since the copy is as long as what was logged.
/// </remarks>
internal sealed class ArchivedSegment : IDisposable
{
    public const string LogSuffix = ".log";
    public const string TimesSuffix = ".times";
    private const int TimeBytes = 24;
    private readonly IDisk _disk;
    private readonly DiskFile _file;
    private readonly DiskFile _times;
    private readonly int _core;
    private long _timesEnd;
    private long _copied;

    private ArchivedSegment(IDisk disk, int core, ulong number, DiskFile file, DiskFile times)
    {
        (_disk, _core, Number, _file, _times) = (disk, core, number, file, times);
    }

    /// <summary>The segment's number.</summary>
    public ulong Number { get; }

    /// <summary>What is there for good.</summary>
    public long End { get; private set; }

    /// <summary>Opens a segment of the archive, or makes it.</summary>
    public static ArchivedSegment Open(IDisk disk, string folder, int core, ulong number)
    {
        string path = SegmentNames.PathOf(folder, core, number, LogSuffix);
        string times = SegmentNames.PathOf(folder, core, number, TimesSuffix);
        bool isNew = !disk.Exists(times) || !disk.Exists(path);
        DiskFile file = disk.Open(path, disk.Exists(path) ? DiskOpenMode.ReadWrite : DiskOpenMode.Create);
        try
        {
            DiskOpenMode mode = disk.Exists(times) ? DiskOpenMode.ReadWrite : DiskOpenMode.Create;
            ArchivedSegment segment = new(disk, core, number, file, disk.Open(times, mode));
            if (isNew) disk.SyncDirectory(folder);
            List<ArchiveTime> known = TimesOf(disk, segment._times);
            segment._timesEnd = known.Count * TimeBytes;
            segment.End = segment._copied = known.Count > 0 ? known[^1].End : 0;
            return segment;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>How far a segment was copied at which times, in ascending order; empty when it is not
    /// there.</summary>
    public static IReadOnlyList<ArchiveTime> ReadTimes(IDisk disk, string folder, int core, ulong number)
    {
        string path = SegmentNames.PathOf(folder, core, number, TimesSuffix);
        if (!disk.Exists(path)) return [];
        using DiskFile file = disk.Open(path, DiskOpenMode.Read);
        return TimesOf(disk, file);
    }

    /// <summary>Copies the next bytes of the segment, as many as the buffer holds.</summary>
    /// <param name="source">The segment, opened for direct reads.</param>
    /// <param name="end">The offset to copy up to.</param>
    /// <param name="buffer">Whole blocks.</param>
    /// <returns>False when all are copied.</returns>
    public bool Copy(DiskFile source, long end, AlignedBuffer buffer)
    {
        if (_copied >= end) return false;
        long from = _copied & -AlignedBuffer.Alignment;
        int read = _disk.Read(source, from, buffer.Span);
        int skip = (int)(_copied - from);
        int count = (int)Math.Min(read, end - from) - skip;
        if (count <= 0) throw new DiskException("read", source.Path, Errno.IoError);
        Span<byte> bytes = buffer.Span.Slice(skip, count);
        if (_copied == 0 && count >= LogFormat.SegmentHeaderBytes)
        {
            ulong id = LogFormat.ReadSegmentHeader(bytes, source.Path, _core, Number);
            LogFormat.WriteSegmentHeader(bytes, _core, Number, id, 0);
        }

        _disk.Write(_file, _copied, bytes);
        _copied += count;
        return _copied < end;
    }

    /// <summary>What has been copied is there for good, and was durable in the log at that time.</summary>
    public void Commit(long milliseconds)
    {
        if (_copied <= End) return;
        _disk.Sync(_file);
        Span<byte> time = stackalloc byte[TimeBytes];
        time.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(time, _copied);
        BinaryPrimitives.WriteInt64LittleEndian(time[8..], milliseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(time[20..], Crc32C.Compute(time[..20]));
        _disk.Write(_times, _timesEnd, time);
        _disk.Sync(_times);
        _timesEnd += TimeBytes;
        End = _copied;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _times.Dispose();
    }

    private static List<ArchiveTime> TimesOf(IDisk disk, DiskFile file)
    {
        byte[] bytes = new byte[disk.Length(file) / TimeBytes * TimeBytes];
        int read = bytes.Length == 0 ? 0 : disk.Read(file, 0, bytes);
        List<ArchiveTime> times = [];
        for (int at = 0; at + TimeBytes <= read; at += TimeBytes)
        {
            ReadOnlySpan<byte> time = bytes.AsSpan(at, TimeBytes);
            if (BinaryPrimitives.ReadUInt32LittleEndian(time[20..]) != Crc32C.Compute(time[..20])) break;
            times.Add(new ArchiveTime(BinaryPrimitives.ReadInt64LittleEndian(time),
                BinaryPrimitives.ReadInt64LittleEndian(time[8..])));
        }

        return times;
    }
}
