using Hedge.Storage.Io;
using Hedge.Storage.Lookups;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Counts;

/// <summary>
/// Blocks read at once, for a job that goes through several runs in key order: of each run the part read last
/// is kept. A read that follows the last one closely takes more than is asked for.
/// </summary>
internal sealed class JobBlocks(IDisk disk) : BlockSource, IDisposable
{
    private const int ReadAheadBytes = 128 * 1024;

    private readonly Dictionary<RunId, Part> _parts = [];
    private PageBuffer? _value;

    /// <inheritdoc/>
    /// <exception cref="IOException">The disk failed, or the run is damaged.</exception>
    public override bool TryGet(Run run, BlockLocation location, out ReadOnlySpan<byte> block)
    {
        if (!_parts.TryGetValue(run.Id, out Part? part)) _parts.Add(run.Id, part = new Part());
        if (location.Offset < part.Offset || location.Offset + location.Length > part.End)
            Read(run, location, part);
        ReadOnlySpan<byte> unit = part.Buffer.Slice(location.Offset - part.Offset, location.Length);
        if (part.Opened != location.Offset) Open(run, location, part, unit);
        block = part.IsUnpacked ? part.Opener.Unpacked : unit;
        return true;
    }

    /// <inheritdoc/>
    public override bool TryGetValue(Run run, ValueReference reference, out ReadOnlySpan<byte> value)
    {
        _value ??= new PageBuffer(Page.Bytes);
        value = ValueReader.Read(disk, run.ValueFile(reference.File), reference, _value);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Part part in _parts.Values)
        {
            part.Buffer.Dispose();
            part.Opener.Dispose();
        }

        _value?.Dispose();
        _value = null;
        _parts.Clear();
    }

    private static void Open(Run run, BlockLocation location, Part part, ReadOnlySpan<byte> unit)
    {
        bool isSound = part.Opener.TryOpen(unit, run.Id, location.Offset, out bool isUnpacked);
        part.IsUnpacked = isUnpacked;
        part.Opened = isSound ? location.Offset : -1;
        if (isSound) return;
        part.End = part.Offset;
        throw new RunFormatException(run.File.Path,
            $"is damaged: the block at {location.Offset} is not as written", location.Offset);
    }

    private void Read(Run run, BlockLocation location, Part part)
    {
        bool isClose = location.Offset >= part.End && location.Offset - part.End <= ReadAheadBytes
            && part.End > part.Offset;
        long bytes = location.Length;
        if (isClose)
        {
            BlockLocation last = run.BlockAt(run.Blocks - 1);
            long blocksEnd = last.Offset + last.Length;
            bytes = Math.Max(bytes, Math.Min(ReadAheadBytes, blocksEnd - location.Offset));
        }

        part.Offset = part.End = location.Offset;
        part.Opened = -1;
        part.Buffer.EnsureCapacity(bytes, 0);
        int read = disk.Read(run.File, location.Offset, part.Buffer.Slice(0, (int)bytes));
        if (read < location.Length)
            throw new RunFormatException(run.File.Path, "is damaged: it ends early", location.Offset);
        part.End = part.Offset + read;
    }

    private sealed class Part
    {
        public PageBuffer Buffer { get; } = new(Page.Bytes);

        public BlockOpener Opener { get; } = new();

        /// <summary>The offset of the block that was checked last; -1 for none.</summary>
        public long Opened { get; set; } = -1;

        public bool IsUnpacked { get; set; }

        public long Offset { get; set; }

        public long End { get; set; }
    }
}
