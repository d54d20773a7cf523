using System.Buffers.Binary;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>A run's block index in native memory, with the same bytes as in the file. Immutable; any
/// thread.</summary>
internal sealed class RunIndex : IDisposable
{
    private readonly PageBuffer _unit;
    private readonly SeparatorPrefixes _prefixes;
    private readonly long _separatorsAt;

    private RunIndex(PageBuffer unit, long blocks)
    {
        _unit = unit;
        Blocks = blocks;
        _separatorsAt = (blocks + 1) * RunFormat.IndexEntryBytes;
        _prefixes = new SeparatorPrefixes();
    }

    /// <summary>Data blocks in the run.</summary>
    public long Blocks { get; }

    /// <summary>Bytes of native memory held.</summary>
    public long ResidentBytes => _unit.Capacity + _prefixes.ResidentBytes;

    /// <summary>The entries of the blocks, <see cref="RunFormat.IndexEntryBytes"/> each.</summary>
    // SAFETY: in place until Dispose.
    public unsafe byte* Entries => _unit.Pointer;

    /// <summary>The block at position <paramref name="block"/>, counted from 0.</summary>
    public BlockLocation this[long block]
    {
        get
        {
            ReadOnlySpan<byte> entry = Entry(block);
            return new BlockLocation(
                BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]));
        }
    }

    /// <summary>The only block that can hold <paramref name="key"/>: the last one whose separator is not
    /// above it. -1 when the run has no blocks.</summary>
    public long Find(ReadOnlySpan<byte> key)
    {
        if (Blocks == 0) return -1;
        (long low, long high) = _prefixes.Narrow(key);
        while (low < high)
        {
            long middle = (low + high + 1) >> 1;
            if (Separator(middle).SequenceCompareTo(key) <= 0) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    /// <summary>Begins to load the memory that <see cref="Find"/> reads last into the processor's
    /// cache.</summary>
    public void Prefetch(ReadOnlySpan<byte> key)
    {
        if (Blocks > 0) _prefixes.Prefetch(key);
    }

    /// <summary>Makes the index from a unit whose checksum is right. It takes over the unit's
    /// memory.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="blocks">How many blocks it has.</param>
    /// <param name="end">Where the blocks end in the file.</param>
    /// <param name="contentBytes">The length of the unit's content.</param>
    /// <returns>The index; null when blocks and separators do not follow each other without gaps.</returns>
    public static RunIndex? TryRead(PageBuffer unit, long blocks, long end, long contentBytes)
    {
        RunIndex index = new(unit, blocks);
        if (index.IsConsistent(end, contentBytes))
        {
            index._prefixes.Read(index);
            return index;
        }

        index.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _unit.Dispose();
        _prefixes.Dispose();
    }

    /// <summary>The separator of the block at a position.</summary>
    public ReadOnlySpan<byte> Separator(long block)
    {
        long start = BinaryPrimitives.ReadInt64LittleEndian(Entry(block));
        long end = BinaryPrimitives.ReadInt64LittleEndian(Entry(block + 1));
        return _unit.Slice(_separatorsAt + start, (int)(end - start));
    }

    // True when blocks and separators follow each other without gaps, the blocks from page 1 on.
    private bool IsConsistent(long end, long contentBytes)
    {
        long page = 1;
        long separator = 0;
        for (long block = 0; block <= Blocks; block++)
        {
            BlockLocation location = this[block];
            long separatorAt = BinaryPrimitives.ReadInt64LittleEndian(Entry(block));
            bool isEnd = block == Blocks;
            bool isNext = location.FirstPage == page && separatorAt >= separator;
            if (!isNext || location.Pages == 0 != isEnd) return false;
            page += location.Pages;
            separator = separatorAt;
        }

        return page * Page.Bytes == end && _separatorsAt + separator == contentBytes;
    }

    private ReadOnlySpan<byte> Entry(long block) =>
        _unit.Slice(block * RunFormat.IndexEntryBytes, RunFormat.IndexEntryBytes);
}
