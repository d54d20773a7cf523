using System.Buffers.Binary;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>The first entries of a block.</summary>
/// <param name="Entries">How many, at least one.</param>
/// <param name="End">Where they end in the block.</param>
internal readonly record struct BlockCut(int Entries, int End)
{
    /// <summary>Restart points.</summary>
    public int Restarts => (Entries + RunFormat.RestartInterval - 1) / RunFormat.RestartInterval;

    /// <summary>Bytes of a block of these entries, without its zeros and its seal.</summary>
    public int ContentBytes => End + Restarts * sizeof(uint);

    /// <summary>The pages that block takes.</summary>
    public int Pages => (int)(Page.RoundUp(ContentBytes + RunFormat.SealBytes) / Page.Bytes);
}

/// <summary>Builds one data block of at most <see cref="RunFormat.BlockPagesMax"/> pages.</summary>
/// <remarks>
/// A block begins with the pages its first entry needs. When an entry does not fit, the block ends. But
/// when that would waste more than one part in <see cref="RunFormat.BlockSlackDivisor"/> of it, the block
/// grows to take the entry, so that records of one or two kilobytes do not leave a quarter of every page
/// empty.
/// </remarks>
internal sealed class BlockBuilder : IDisposable
{
    private const int RestartsMax = RunFormat.BlockPagesMax * Page.Bytes / RunFormat.RestartInterval;

    private readonly PageBuffer _buffer = new(RunFormat.BlockPagesMax * Page.Bytes);
    private readonly uint[] _restarts = new uint[RestartsMax];
    private int _restartCount;
    private int _pages;
    private int _used;

    /// <summary>Entries in the block.</summary>
    public int Entries { get; private set; }

    /// <summary>The block's length in pages.</summary>
    public int Pages => _pages;

    /// <summary>True to take another page for every entry that needs one.</summary>
    public bool GrowsFreely { get; set; }

    /// <summary>All entries.</summary>
    public BlockCut Whole => new(Entries, _used);

    /// <summary>True when the next entry's key is stored whole.</summary>
    public bool AtRestart => Entries % RunFormat.RestartInterval == 0;

    /// <summary>The pages of a block that holds only one entry of <paramref name="entryBytes"/>
    /// bytes.</summary>
    public static long PagesFor(long entryBytes) => Page.RoundUp(
        RunFormat.BlockHeaderBytes + entryBytes + sizeof(uint) + RunFormat.SealBytes) / Page.Bytes;

    /// <summary>Makes room for an entry of <paramref name="entryBytes"/> bytes; false when the block must end
    /// first. The first entry has to fit in <see cref="RunFormat.BlockPagesMax"/> pages.</summary>
    public bool TryReserve(long entryBytes)
    {
        int tail = (_restartCount + (AtRestart ? 1 : 0)) * sizeof(uint) + RunFormat.SealBytes;
        if (Entries == 0)
        {
            _used = RunFormat.BlockHeaderBytes;
            _pages = (int)PagesFor(entryBytes);
            return true;
        }

        long needed = _used + entryBytes + tail;
        int capacity = _pages * Page.Bytes;
        if (needed <= capacity) return true;
        int slack = capacity - _used - tail;
        if (needed > RunFormat.BlockPagesMax * Page.Bytes
            || (!GrowsFreely && slack * RunFormat.BlockSlackDivisor <= capacity)) return false;
        _pages = (int)(Page.RoundUp(needed) / Page.Bytes);
        return true;
    }

    /// <summary>Adds an entry that room was reserved for.</summary>
    public void Add(in RunEntry entry, int shared)
    {
        if (AtRestart) _restarts[_restartCount++] = (uint)_used;
        Span<byte> free = _buffer.Slice(_used, _pages * Page.Bytes - _used);
        int written = EntryCodec.WriteWithoutValue(free, entry, shared);
        if (entry.Kind == RunEntryKind.Put)
        {
            entry.Value.CopyTo(free[written..]);
            written += entry.Value.Length;
        }

        _used += written;
        Entries++;
    }

    /// <summary>The finished and sealed block, valid until the builder is used again; the builder is then
    /// empty.</summary>
    public ReadOnlySpan<byte> Finish(RunId id, long offset)
    {
        // The caller may have reserved room for an entry and not added it.
        _pages = Whole.Pages;
        Span<byte> block = _buffer.Slice(0, _pages * Page.Bytes);
        BinaryPrimitives.WriteInt32LittleEndian(block, _used);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], _restartCount);
        Span<byte> rest = block[_used..];
        Span<byte> table = rest[^(_restartCount * sizeof(uint) + RunFormat.SealBytes)..];
        rest[..^table.Length].Clear();
        for (int i = 0; i < _restartCount; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(table[(i * sizeof(uint))..], _restarts[i]);
        RunFormat.Seal(block, id, offset);
        Clear();
        return block;
    }

    /// <summary>Writes a block of one entry, without zeros and seal, over all of
    /// <paramref name="destination"/>.</summary>
    public static void WriteAlone(in RunEntry entry, Span<byte> destination)
    {
        Span<byte> body = destination[RunFormat.BlockHeaderBytes..^sizeof(uint)];
        BinaryPrimitives.WriteInt32LittleEndian(destination, destination.Length - sizeof(uint));
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], 1);
        int written = EntryCodec.WriteWithoutValue(body, entry, 0);
        entry.Value.CopyTo(body[written..]);
        BinaryPrimitives.WriteInt32LittleEndian(destination[^sizeof(uint)..], RunFormat.BlockHeaderBytes);
    }

    /// <summary>The entries that end within the first <paramref name="bytes"/> bytes; at least one.</summary>
    public BlockCut CutAt(int bytes)
    {
        ReadOnlySpan<byte> block = _buffer.Slice(0, _used);
        int entries = 0, end = RunFormat.BlockHeaderBytes;
        while (end < _used)
        {
            int next = EntryCodec.Read(block, end).End;
            if (next > bytes && entries > 0) break;
            end = next;
            entries++;
        }

        return new BlockCut(entries, end);
    }

    /// <summary>Writes a block of the first entries, without zeros and seal.</summary>
    public void WriteContent(BlockCut cut, Span<byte> destination)
    {
        _buffer.Slice(0, cut.End).CopyTo(destination);
        BinaryPrimitives.WriteInt32LittleEndian(destination, cut.End);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], cut.Restarts);
        for (int i = 0; i < cut.Restarts; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(
                destination[(cut.End + i * sizeof(uint))..], _restarts[i]);
        }
    }

    /// <summary>The entries so far, for a <see cref="BlockWalker"/>.</summary>
    public ReadOnlySpan<byte> Image()
    {
        Span<byte> block = _buffer.Slice(0, _used);
        BinaryPrimitives.WriteInt32LittleEndian(block, _used);
        return block;
    }

    /// <summary>Forgets all entries.</summary>
    public void Clear()
    {
        Entries = 0;
        _restartCount = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
