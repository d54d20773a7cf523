using Hedge.Storage.Io;
using Hedge.Storage.Lookups;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Walks;

/// <summary>
/// Blocks of several runs for a job that knows which ones it is going to need: it gathers them, reads them
/// together in the order of the disk, and looks at them in any order.
/// </summary>
/// <remarks>
/// 1. <see cref="Gather"/>: a block that is asked for is noted.
/// 2. <see cref="Load"/>: what was noted is to be read; blocks near each other in one go. A few pieces are
///    read at once; for many, as they lie anywhere, the caller has a core read them (<see cref="Reads"/>).
/// 3. Then blocks that were not noted are read one by one.
/// </remarks>
/// <param name="disk">The disk.</param>
/// <param name="gatheredBytesMax">Bytes to note at most, but for the last block.</param>
internal sealed class WindowBlocks(IDisk disk, long gatheredBytesMax) : BlockSource, IDisposable
{
    // So many pieces are read one after the other.
    private const int AloneMax = 6;

    private const int GapBytesMax = 16 * 1024;
    private const int ReadBytesMax = 512 * 1024;
    private const int KeptBytesMax = 2 * 1024 * 1024;

    private readonly Dictionary<(RunId Run, uint Page), Place> _places = [];
    private readonly List<(Run Run, BlockLocation Block)> _wanted = [];
    private readonly List<WindowRead> _reads = [];
    private readonly BlockOpener _opener = new();
    private PageBuffer _buffer = new(Page.Bytes);
    private PageBuffer _single = new(Page.Bytes);
    private PageBuffer _value = new(Page.Bytes);
    private (RunId Run, uint Page) _unpacked;

    /// <summary>True while blocks are noted instead of read.</summary>
    public bool IsGathering { get; set; }

    /// <summary>True when no more should be noted.</summary>
    public bool IsFull => GatheredBytes >= gatheredBytesMax;

    private long GatheredBytes { get; set; }

    /// <summary>What is still to be read into <see cref="Buffer"/>; nothing for a few pieces.</summary>
    public IReadOnlyList<WindowRead> Reads => _reads;

    /// <summary>Where it is read to.</summary>
    public PageBuffer Buffer => _buffer;

    /// <summary>Begins anew.</summary>
    public void Gather()
    {
        Clear();
        IsGathering = true;
    }

    /// <summary>Plans how what was noted is read, and reads it if that is not much.</summary>
    /// <exception cref="IOException">The disk failed, or a file is damaged.</exception>
    public void Load()
    {
        IsGathering = false;
        _wanted.Sort(static (left, right) =>
        {
            int order = left.Run.Id.FileNumber.CompareTo(right.Run.Id.FileNumber);
            return order != 0 ? order : left.Block.FirstPage.CompareTo(right.Block.FirstPage);
        });
        long filled = 0;
        for (int first = 0, end; first < _wanted.Count; first = end)
        {
            end = EndOfRead(first);
            (Run run, BlockLocation block) = _wanted[first];
            BlockLocation last = _wanted[end - 1].Block;
            int bytes = (int)(last.Offset + last.Length - block.Offset);
            _reads.Add(new WindowRead(run.File, block.Offset, bytes, filled));
            for (int i = first; i < end; i++)
            {
                BlockLocation one = _wanted[i].Block;
                _places[(run.Id, one.FirstPage)] = new Place(filled + one.Offset - block.Offset, false);
            }

            filled += bytes;
        }

        _buffer.EnsureCapacity(filled, 0);
        if (_reads.Count > AloneMax) return;
        foreach (WindowRead read in _reads) Read(read.File, read.Offset, _buffer.Slice(read.At, read.Length));
        _reads.Clear();
    }

    /// <summary>What was to be read has been.</summary>
    public void Loaded() => _reads.Clear();

    /// <inheritdoc/>
    public override bool TryGet(Run run, BlockLocation location, out ReadOnlySpan<byte> block)
    {
        block = default;
        (RunId, uint) key = (run.Id, location.FirstPage);
        bool isNoted = _places.TryGetValue(key, out Place place);
        if (isNoted && IsGathering) return false;
        if (isNoted && place.At >= 0)
        {
            ReadOnlySpan<byte> unit = _buffer.Slice(place.At, location.Length);
            block = Open(run, location, unit, place.IsSound);
            if (!place.IsSound && _unpacked != key) _places[key] = place with { IsSound = true };
            return true;
        }

        // An inner node may be in a block that is noted for a leaf.
        if (!IsGathering)
        {
            _single.EnsureCapacity(location.Length, 0);
            Span<byte> unit = _single.Slice(0, location.Length);
            Read(run.File, location.Offset, unit);
            block = Open(run, location, unit, isSound: false);
            _unpacked = default;
            return true;
        }

        _places.Add(key, new Place(-1, false));
        _wanted.Add((run, location));
        GatheredBytes += location.Length;
        return false;
    }

    /// <inheritdoc/>
    public override bool TryGetValue(Run run, ValueReference reference, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (IsGathering) return false;
        if (_value.Capacity > KeptBytesMax) Renew(ref _value);
        value = ValueReader.Read(disk, run.ValueFile(reference.File), reference, _value);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _opener.Dispose();
        _buffer.Dispose();
        _single.Dispose();
        _value.Dispose();
    }

    private void Clear()
    {
        _places.Clear();
        _wanted.Clear();
        _reads.Clear();
        _unpacked = default;
        GatheredBytes = 0;
        if (_buffer.Capacity > KeptBytesMax) Renew(ref _buffer);
        if (_single.Capacity > KeptBytesMax) Renew(ref _single);
    }

    private static void Renew(ref PageBuffer buffer)
    {
        buffer.Dispose();
        buffer = new PageBuffer(Page.Bytes);
    }

    // The number behind the blocks that are read in one go with one.
    private int EndOfRead(int first)
    {
        (Run run, BlockLocation begin) = _wanted[first];
        long read = begin.Offset + begin.Length;
        int end = first + 1;
        for (; end < _wanted.Count && _wanted[end].Run == run; end++)
        {
            BlockLocation next = _wanted[end].Block;
            if (next.Offset - read > GapBytesMax) break;
            if (next.Offset + next.Length - begin.Offset > ReadBytesMax) break;
            read = next.Offset + next.Length;
        }

        return end;
    }

    private void Read(DiskFile file, long offset, Span<byte> buffer)
    {
        if (disk.Read(file, offset, buffer) < buffer.Length)
            throw new RunFormatException(file.Path, "is damaged: it ends early", offset);
    }

    private ReadOnlySpan<byte> Open(
        Run run, BlockLocation location, ReadOnlySpan<byte> unit, bool isSound)
    {
        if (isSound) return unit;
        (RunId, uint) key = (run.Id, location.FirstPage);
        if (_unpacked == key) return _opener.Unpacked;
        if (!_opener.TryOpen(unit, run.Id, location.Offset, out bool isUnpacked))
        {
            throw new RunFormatException(run.File.Path,
                $"is damaged: the block at {location.Offset} is not as written", location.Offset);
        }

        _unpacked = isUnpacked ? key : default;
        return isUnpacked ? _opener.Unpacked : unit;
    }

    // Where a block is in the buffer, -1 before it is read, and whether it is checked and not compressed.
    private readonly record struct Place(long At, bool IsSound);
}
