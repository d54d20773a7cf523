using System.Buffers.Binary;
using System.Globalization;
using Hedge.Storage.Io;
using Hedge.Storage.Pages;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Salvages;

/// <summary>
/// Makes a run of the blocks that are whole in a file whose header, footer, index, filter or properties are
/// not: each block has its own checksum, which tells where it belongs.
/// </summary>
/// <remarks>
/// 1. From page to page, the bytes there say how long a block would be that begins there. If its seal is
///    right, it is one, and the next one follows it.
/// 2. Blocks whose keys are not above those before are none: another unit of the file happens to look like
///    one.
/// 3. The range tombstones are kept if the properties can be read.
/// </remarks>
internal sealed class RunRebuild(IDisk disk, string path, RunId id) : IDisposable
{
    private readonly PageBuffer _buffer = new(Page.Bytes);
    private readonly BlockOpener _opener = new();
    private readonly List<LostRange> _lost = [];
    private byte[] _last = [];

    /// <summary>What may be missing.</summary>
    public IReadOnlyList<LostRange> Lost => _lost;

    /// <summary>Blocks that are whole.</summary>
    public long Blocks { get; private set; }

    /// <summary>True when it is not known which ranges of keys the run removed from older ones.</summary>
    public bool LacksRanges { get; private set; }

    /// <summary>Writes the run.</summary>
    /// <param name="target">The path of the new file.</param>
    /// <param name="isThere">False to make a run without entries.</param>
    /// <returns>Its properties.</returns>
    public RunInfo Write(string target, bool isThere)
    {
        using RunWriter writer = new(disk, target, id);
        if (!isThere)
        {
            LacksRanges = true;
            _lost.Add(new LostRange(id.FileNumber, [], [], null));
            return writer.Finish();
        }

        using DiskFile file = disk.Open(path, DiskOpenMode.ReadDirect);
        long pages = disk.Length(file) / Page.Bytes;
        bool hasGap = false;
        for (long page = 1; page < pages;)
        {
            int length = LengthAt(file, page, pages);
            if (length == 0 || !TryAdd(page * Page.Bytes, length, writer, hasGap))
            {
                hasGap = true;
                page++;
                continue;
            }

            Blocks++;
            hasGap = false;
            page += length / Page.Bytes;
        }

        // What index, filter and properties take may have been blocks, for all that is known.
        _lost.Add(new LostRange(id.FileNumber, _last, [], null));
        writer.Ranges = Ranges();
        return writer.Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffer.Dispose();
        _opener.Dispose();
    }

    private RangeTombstones Ranges()
    {
        try
        {
            return RunLoader.LoadInfo(disk, path, id).Ranges;
        }
        catch (IOException)
        {
            LacksRanges = true;
            // It may have removed anything from older runs.
            _lost.Add(new LostRange(id.FileNumber, [], [], null));
            return RangeTombstones.None;
        }
    }

    // How long a block would be that begins at a page; 0 when none can.
    private int LengthAt(DiskFile file, long page, long pages)
    {
        if (!TryRead(file, page * Page.Bytes, Page.Bytes)) return 0;
        ReadOnlySpan<byte> head = _buffer.Slice(0, Page.Bytes);
        long content = BinaryPrimitives.ReadUInt32LittleEndian(head);
        if (PackedBlock.IsPacked(head))
            content = PackedBlock.HeaderBytes + (long)BinaryPrimitives.ReadUInt32LittleEndian(head[12..]);
        else
        {
            long restarts = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (content < RunFormat.BlockHeaderBytes || restarts == 0) return 0;
            content += restarts * sizeof(uint);
        }

        // A block may have been given more pages than it came to need.
        for (long length = Page.RoundUp(content + RunFormat.SealBytes);
            length <= Math.Max(Page.RoundUp(content + RunFormat.SealBytes),
                RunFormat.BlockPagesMax * (long)Page.Bytes) && length <= int.MaxValue;
            length += Page.Bytes)
        {
            if (page + (length / Page.Bytes) > pages) return 0;
            if (!TryRead(file, page * Page.Bytes, (int)length)) return 0;
            if (RunFormat.IsSealed(_buffer.Slice(0, (int)length), id, page * Page.Bytes)) return (int)length;
        }

        return 0;
    }

    private bool TryRead(DiskFile file, long offset, int length)
    {
        _buffer.EnsureCapacity(length, 0);
        try
        {
            return disk.Read(file, offset, _buffer.Slice(0, length)) == length;
        }
        catch (DiskException)
        {
            return false;
        }
    }

    private bool TryAdd(long offset, int length, RunWriter writer, bool hasGap)
    {
        if (!_opener.TryOpen(_buffer.Slice(0, length), id, offset, out bool isUnpacked)) return false;
        ReadOnlySpan<byte> block = isUnpacked ? _opener.Unpacked : _buffer.Slice(0, length);
        BlockWalker walker = new();
        try
        {
            if (!walker.Next(block) || (writer.Entries > 0 && walker.Key.SequenceCompareTo(_last) <= 0))
                return false;
            if (hasGap) _lost.Add(new LostRange(id.FileNumber, _last, walker.Key.ToArray(), null));
            do
            {
                RunEntry entry = walker.Entry(block);
                writer.Add(entry);
                _last = entry.Key.ToArray();
            }
            while (walker.Next(block));
            return true;
        }
        catch (Exception fault) when (fault is IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return false;
        }
    }

    /// <summary>What it has done, for people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Blocks} blocks of it are whole and were kept");
}
