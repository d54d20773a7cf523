using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Keys;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>Gathers entries into blocks whose compressed form fills its pages. For runs that are written
/// compressed. Allocates nothing per entry.</summary>
/// <remarks>
/// 1. Entries are gathered until the block should just fill one page when compressed, estimated by the
///    compression of the last blocks. A block has at most <see cref="RunFormat.BlockPagesMax"/> pages.
/// 2. The block is compressed. When the page is not nearly full, more entries are gathered (again from 2).
///    When the page is too small, the last entries move to the next block and the rest is compressed again.
/// 3. When compression saves no page, the block is stored uncompressed. So are some of the next blocks,
///    more each time, before compression is tried again.
/// </remarks>
internal sealed class BlockPacker : IDisposable
{
    /// <summary>A page counts as full when at least this part of it is used.</summary>
    public const double FullPart = 0.88;

    // The compressed size that a block aims at, so that few are too large.
    private const double AimPart = 0.95;
    private const int CutsMax = 3;
    private const int SkipsMax = 32;

    private readonly RunId _id;
    private readonly RunOutput _output;
    private readonly IndexBuilder _index;
    private readonly BlockCompression _compression;
    private readonly BlockCodec _codec = new();
    private readonly BlockWalker _walker = new();
    private readonly PageBuffer _content = new((RunFormat.BlockPagesMax + 1) * Page.Bytes);
    private readonly PageBuffer _packed = new((RunFormat.BlockPagesMax + 2) * Page.Bytes);
    private readonly PageBuffer _lastKey = new(InternalKey.BytesMax);
    private readonly PageBuffer _separator = new(InternalKey.BytesMax);
    private readonly PageBuffer _nextSeparator = new(InternalKey.BytesMax);
    private BlockBuilder _block = new() { GrowsFreely = true };
    private BlockBuilder _next = new() { GrowsFreely = true };
    private int _separatorLength;
    private int _nextSeparatorLength;
    private double _ratio = 0.5;
    private long _target;
    private int _skips;
    private int _skipsNext = 1;

    /// <summary>Writes blocks to <paramref name="output"/> and their places to
    /// <paramref name="index"/>.</summary>
    public BlockPacker(RunId id, RunOutput output, IndexBuilder index, BlockCompression compression)
    {
        _id = id;
        _output = output;
        _index = index;
        _compression = compression;
        _target = TargetOf(_ratio);
    }

    /// <summary>Bytes that the blocks written so far take in memory.</summary>
    public long BlockBytes { get; private set; }

    /// <summary>Adds an entry. False when the entry is too large; then all entries before it are written,
    /// and the caller writes this one in a separate block.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="common">Bytes that its key shares with the key before it.</param>
    /// <param name="separator">The block's separator, if this is the block's first entry.</param>
    public bool TryAdd(in RunEntry entry, int common, ReadOnlySpan<byte> separator)
    {
        while (_block.Entries > 0)
        {
            int shared = _block.AtRestart ? 0 : common;
            long bytes = EntryCodec.Measure(entry, shared);
            bool isRoom = _block.TryReserve(bytes);
            if (isRoom && _block.Whole.ContentBytes + bytes <= _target)
            {
                _block.Add(entry, shared);
                return true;
            }

            Settle(isRoom ? bytes : long.MaxValue, isLast: false);
        }

        KeepSeparator(separator);
        long alone = EntryCodec.Measure(entry, 0);
        long pages = BlockBuilder.PagesFor(alone);
        if (pages > RunFormat.BlockPagesMax) return pages <= PackedBlock.PagesMax && TryAlone(entry, alone);
        _block.TryReserve(alone);
        _block.Add(entry, 0);
        return true;
    }

    /// <summary>Writes the remaining entries.</summary>
    public void Finish()
    {
        while (_block.Entries > 0) Settle(long.MaxValue, isLast: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _codec.Dispose();
        _content.Dispose();
        _packed.Dispose();
        _separator.Dispose();
        _nextSeparator.Dispose();
        _lastKey.Dispose();
        _block.Dispose();
        _next.Dispose();
    }

    private static long TargetOf(double ratio) => (long)Math.Min(
        PackedBlock.CapacityOf(1) * AimPart / ratio, RunFormat.BlockPagesMax * Page.Bytes);

    // Writes the block or its first entries, or raises the target so that the block takes more: at least
    // one entry of so many bytes.
    private void Settle(long wanted, bool isLast)
    {
        if (_skips > 0)
        {
            _skips--;
            WritePlain();
            return;
        }

        BlockCut cut = _block.Whole;
        int packed = Pack(cut);
        if (PackedBlock.PagesFor(packed) == 1 && _ratio < FullPart
            && packed < PackedBlock.CapacityOf(1) * FullPart)
        {
            long room = (long)((PackedBlock.CapacityOf(1) * AimPart - packed) / _ratio);
            if (room >= wanted / 2)
            {
                _target = cut.ContentBytes + Math.Max(room, wanted);
                return;
            }
        }

        for (int cuts = 0; cuts < CutsMax && !isLast; cuts++)
        {
            int pages = PackedBlock.PagesFor(packed);
            if (pages == 1 || packed >= PackedBlock.CapacityOf(pages) * FullPart
                || packed >= cut.ContentBytes * FullPart) break;
            double part = PackedBlock.CapacityOf(pages - 1) * AimPart / packed;
            BlockCut shorter = _block.CutAt((int)(cut.ContentBytes * part));
            if (shorter.Entries == cut.Entries) break;
            cut = shorter;
            packed = Pack(cut);
        }

        if (cut.Entries < _block.Entries && !TryMoveRest(cut.Entries))
        {
            cut = _block.Whole;
            packed = Pack(cut);
        }

        if (PackedBlock.PagesFor(packed) < cut.Pages) WritePacked(cut, packed);
        else GiveUp();
    }

    // Compresses the first entries and leaves room for a header. A result that saves nothing counts as one
    // of the entries' own length.
    private int Pack(BlockCut cut)
    {
        _block.WriteContent(cut, _content.Slice(0, cut.ContentBytes));
        int packed = Pack(cut.ContentBytes);
        _ratio = (_ratio + (double)packed / cut.ContentBytes) / 2;
        return packed;
    }

    private int Pack(int bytes)
    {
        Span<byte> room = _packed.Slice(PackedBlock.HeaderBytes, bytes);
        int packed = _codec.Compress(_compression, _content.Slice(0, bytes), room);
        return packed == 0 ? bytes : packed;
    }

    private void WritePacked(BlockCut cut, int packed)
    {
        WriteUnit(cut, packed);
        _skipsNext = 1;
        _target = TargetOf(_ratio);
        _block.Clear();
        if (_next.Entries == 0) return;
        (_block, _next) = (_next, _block);
        KeepSeparator(_nextSeparator.Slice(0, _nextSeparatorLength));
    }

    private void WriteUnit(BlockCut cut, int packed)
    {
        int pages = PackedBlock.PagesFor(packed);
        Span<byte> unit = _packed.Slice(0, pages * Page.Bytes);
        PackedBlock.Complete(unit, _compression, cut.Pages, cut.ContentBytes, packed);
        RunFormat.Seal(unit, _id, _output.Position);
        AddToIndex(pages, cut.Pages);
        _output.WriteSealed(unit);
    }

    // The entries that do not go to the file become the next block, and their keys are shortened anew.
    // Other keys may then be stored whole. If the result is too long, nothing has changed.
    private bool TryMoveRest(int stay)
    {
        ReadOnlySpan<byte> image = _block.Image();
        _walker.Reset();
        int lastLength = 0;
        for (int i = 0; _walker.Next(image); i++)
        {
            ReadOnlySpan<byte> key = _walker.Key;
            if (i >= stay)
            {
                int common = key.CommonPrefixLength(_lastKey.Slice(0, lastLength));
                if (i == stay)
                {
                    _nextSeparatorLength = common + 1;
                    key[.._nextSeparatorLength].CopyTo(_nextSeparator.Slice(0, _nextSeparatorLength));
                }

                RunEntry entry = _walker.Entry(image);
                int shared = _next.AtRestart ? 0 : common;
                long bytes = EntryCodec.Measure(entry, shared);
                bool isRoom = BlockBuilder.PagesFor(bytes) <= RunFormat.BlockPagesMax
                    && _next.TryReserve(bytes);
                if (!isRoom)
                {
                    _next.Clear();
                    return false;
                }

                _next.Add(entry, shared);
            }

            key.CopyTo(_lastKey.Slice(0, key.Length));
            lastLength = key.Length;
        }

        return true;
    }

    private void GiveUp()
    {
        _next.Clear();
        _skips = _skipsNext;
        _skipsNext = Math.Min(2 * _skipsNext, SkipsMax);
        WritePlain();
    }

    // While compression is not tried, blocks end where they would end without it.
    private void WritePlain()
    {
        int pages = _block.Whole.Pages;
        AddToIndex(pages, pages);
        _output.WriteSealed(_block.Finish(_id, _output.Position));
        _block.GrowsFreely = _next.GrowsFreely = _skips == 0;
        _target = _skips == 0 ? TargetOf(_ratio) : long.MaxValue;
    }

    private bool TryAlone(in RunEntry entry, long bytes)
    {
        int content = RunFormat.BlockHeaderBytes + (int)bytes + sizeof(uint);
        _content.EnsureCapacity(content, 0);
        _packed.EnsureCapacity(PackedBlock.HeaderBytes + content + Page.Bytes, 0);
        BlockBuilder.WriteAlone(entry, _content.Slice(0, content));
        int packed = Pack(content);
        BlockCut cut = new(1, content - sizeof(uint));
        if (PackedBlock.PagesFor(packed) >= cut.Pages) return false;
        WriteUnit(cut, packed);
        return true;
    }

    private void AddToIndex(int pages, int blockPages)
    {
        _index.Add(_separator.Slice(0, _separatorLength),
            new BlockLocation((uint)(_output.Position / Page.Bytes), (uint)pages));
        BlockBytes += (long)blockPages * Page.Bytes;
    }

    private void KeepSeparator(ReadOnlySpan<byte> separator)
    {
        separator.CopyTo(_separator.Slice(0, separator.Length));
        _separatorLength = separator.Length;
    }
}
