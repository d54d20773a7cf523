using System.Buffers.Binary;

namespace Hedge.Storage.Runs;

/// <summary>Builds one data block of at most <see cref="RunFormat.BlockPagesMax"/> pages.</summary>
/// <remarks>
/// A block begins with the pages its first entry needs. When an entry does not fit, the block ends, unless
/// that wastes more than one part in <see cref="RunFormat.BlockSlackDivisor"/> of it: then it grows to take
/// the entry, so that records of a kilobyte or two do not leave a quarter of every page empty.
/// </remarks>
internal sealed class BlockBuilder : IDisposable
{
    private const int RestartsMax = RunFormat.BlockPagesMax * RunFormat.PageBytes / RunFormat.RestartInterval;

    private readonly PageBuffer _buffer = new(RunFormat.BlockPagesMax * RunFormat.PageBytes);
    private readonly uint[] _restarts = new uint[RestartsMax];
    private int _restartCount;
    private int _pages;
    private int _used;

    /// <summary>Entries in the block.</summary>
    public int Entries { get; private set; }

    /// <summary>The block's length in pages.</summary>
    public int Pages => _pages;

    /// <summary>True when the next entry's key is stored whole.</summary>
    public bool AtRestart => Entries % RunFormat.RestartInterval == 0;

    /// <summary>The pages of a block that holds one entry of <paramref name="entryBytes"/> bytes
    /// alone.</summary>
    public static long PagesFor(long entryBytes) => RunFormat.RoundUp(
        RunFormat.BlockHeaderBytes + entryBytes + sizeof(uint) + RunFormat.SealBytes) / RunFormat.PageBytes;

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
        int capacity = _pages * RunFormat.PageBytes;
        if (needed <= capacity) return true;
        int slack = capacity - _used - tail;
        if (needed > RunFormat.BlockPagesMax * RunFormat.PageBytes
            || slack * RunFormat.BlockSlackDivisor <= capacity) return false;
        _pages = (int)(RunFormat.RoundUp(needed) / RunFormat.PageBytes);
        return true;
    }

    /// <summary>Adds an entry that room was reserved for.</summary>
    public void Add(in RunEntry entry, int shared)
    {
        if (AtRestart) _restarts[_restartCount++] = (uint)_used;
        Span<byte> free = _buffer.Slice(_used, _pages * RunFormat.PageBytes - _used);
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
        Span<byte> block = _buffer.Slice(0, _pages * RunFormat.PageBytes);
        BinaryPrimitives.WriteInt32LittleEndian(block, _used);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], _restartCount);
        Span<byte> rest = block[_used..];
        Span<byte> table = rest[^(_restartCount * sizeof(uint) + RunFormat.SealBytes)..];
        rest[..^table.Length].Clear();
        for (int i = 0; i < _restartCount; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(table[(i * sizeof(uint))..], _restarts[i]);
        RunFormat.Seal(block, id, offset);
        Entries = 0;
        _restartCount = 0;
        return block;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();
}
