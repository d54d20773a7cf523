using Hedge.Storage.Io;
using Hedge.Storage.Values;

namespace Hedge.Storage.Logs;

/// <summary>
/// An open segment. The pool makes it, its core fills it, and the pool takes it back when it is obsolete.
/// </summary>
internal sealed class LogSegment
{
    private readonly byte[] _header = new byte[LogFormat.SegmentHeaderBytes];

    public LogSegment(DiskFile file, int core, ulong number, ulong id, long bytes, int partitions)
    {
        File = file;
        Core = core;
        Number = number;
        Id = id;
        Bytes = bytes;
        Seed = LogFormat.SeedOf(id);
        Tag = LogFormat.TagOf(id);
        Highest = new ulong[partitions];
        LogFormat.WriteSegmentHeader(_header, core, number, id, bytes);
    }

    public DiskFile File { get; }

    /// <summary>The use of the large values in it; null when nothing refers to any.</summary>
    public ValueFile? ValueFile { get; init; }

    public int Core { get; }

    public ulong Number { get; }

    /// <summary>The number that no other segment has.</summary>
    public ulong Id { get; }

    /// <summary>The file's first bytes. The first records' write covers them again.</summary>
    public ReadOnlySpan<byte> Header => _header;

    /// <summary>The size at which it is full. A single large record makes it larger.</summary>
    public long Bytes { get; }

    /// <summary>The value that the checksums of frames start from.</summary>
    public uint Seed { get; }

    /// <summary>The segment's tag. A frame's tag is this plus the frame's offset.</summary>
    public uint Tag { get; }

    /// <summary>The highest sequence number of each partition in this segment; 0 for none.</summary>
    public ulong[] Highest { get; }

    /// <summary>The log position of the first record.</summary>
    public long BasePosition { get; set; }

    /// <summary>The log position after the seal; -1 while the segment is open.</summary>
    public long EndPosition { get; set; } = -1;

    /// <summary>The file's length, once the segment is sealed.</summary>
    public long HeldBytes => Math.Max(Bytes, OffsetOf(EndPosition));

    public long OffsetOf(long position) => position - BasePosition + LogFormat.SegmentHeaderBytes;

    /// <summary>True when everything in the segment is also in runs.</summary>
    public bool IsObsolete(ReadOnlySpan<ulong> flushed)
    {
        for (int partition = 0; partition < Highest.Length; partition++)
            if (Highest[partition] > flushed[partition]) return false;
        return true;
    }
}
