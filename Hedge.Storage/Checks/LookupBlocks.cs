using Hedge.Storage.Io;
using Hedge.Storage.Lookups;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Checks;

/// <summary>The blocks that look-ups of nodes read, the last used ones kept. One thread. What it gives is
/// valid until the next look-up.</summary>
/// <remarks>Of damaged blocks and values it throws what a start would throw.</remarks>
internal sealed class LookupBlocks(IDisk disk, long bytesMax) : BlockSource, IDisposable
{
    private readonly Dictionary<(RunId Run, uint Page), LinkedListNode<Kept>> _kept = [];
    private readonly LinkedList<Kept> _byUse = new();
    private readonly BlockOpener _opener = new();
    private readonly PageBuffer _values = new(Page.Bytes);
    private long _bytes;

    /// <inheritdoc/>
    public override bool TryGet(Run run, BlockLocation location, out ReadOnlySpan<byte> block)
    {
        if (_kept.TryGetValue((run.Id, location.FirstPage), out LinkedListNode<Kept>? kept))
        {
            _byUse.Remove(kept);
            _byUse.AddFirst(kept);
        }
        else
        {
            while (_bytes > bytesMax && _byUse.Last is { } oldest) Drop(oldest);
            kept = Read(run, location);
        }

        block = kept.Value.Block.Slice(0, kept.Value.Length);
        return true;
    }

    /// <inheritdoc/>
    public override bool TryGetValue(Run run, ValueReference reference, out ReadOnlySpan<byte> value)
    {
        value = ValueReader.Read(disk, run.ValueFile(reference.File), reference, _values);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_byUse.Last is { } last) Drop(last);
        _opener.Dispose();
        _values.Dispose();
    }

    private LinkedListNode<Kept> Read(Run run, BlockLocation location)
    {
        PageBuffer block = new(location.Length);
        try
        {
            Span<byte> unit = block.Slice(0, location.Length);
            if (disk.Read(run.File, location.Offset, unit) != unit.Length
                || !_opener.TryOpen(unit, run.Id, location.Offset, out bool isUnpacked))
            {
                throw new RunFormatException(run.File.Path,
                    $"is damaged: the block at {location.Offset} is not as written", location.Offset);
            }

            int length = unit.Length;
            if (isUnpacked)
            {
                length = _opener.Unpacked.Length;
                block.EnsureCapacity(length, 0);
                _opener.Unpacked.CopyTo(block.Slice(0, length));
            }

            LinkedListNode<Kept> kept = _byUse.AddFirst(
                new Kept((run.Id, location.FirstPage), block, length));
            _kept.Add(kept.Value.Place, kept);
            _bytes += block.Capacity;
            return kept;
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    private void Drop(LinkedListNode<Kept> kept)
    {
        _byUse.Remove(kept);
        _kept.Remove(kept.Value.Place);
        _bytes -= kept.Value.Block.Capacity;
        kept.Value.Block.Dispose();
    }

    private readonly record struct Kept((RunId Run, uint Page) Place, PageBuffer Block, int Length);
}
