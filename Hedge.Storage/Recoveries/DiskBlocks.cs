using Hedge.Storage.Io;
using Hedge.Storage.Lookups;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Recoveries;

/// <summary>Reads blocks synchronously, at start-up. Keeps the last one.</summary>
internal sealed class DiskBlocks(IDisk disk) : BlockSource, IDisposable
{
    private readonly PageBuffer _buffer = new(Page.Bytes);
    private readonly BlockOpener _opener = new();
    private readonly PageBuffer _values = new(Page.Bytes);
    private bool _isUnpacked;
    private RunId _run;
    private uint _firstPage = uint.MaxValue;

    /// <inheritdoc/>
    public override bool TryGet(Run run, BlockLocation location, out ReadOnlySpan<byte> block)
    {
        _buffer.EnsureCapacity(location.Length, 0);
        Span<byte> unit = _buffer.Slice(0, location.Length);
        if (_run != run.Id || _firstPage != location.FirstPage) Read(run, location, unit);
        block = _isUnpacked ? _opener.Unpacked : unit;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffer.Dispose();
        _opener.Dispose();
        _values.Dispose();
    }

    private void Read(Run run, BlockLocation location, Span<byte> unit)
    {
        _firstPage = uint.MaxValue;
        if (disk.Read(run.File, location.Offset, unit) != unit.Length
            || !_opener.TryOpen(unit, run.Id, location.Offset, out _isUnpacked))
        {
            throw new RunFormatException(run.File.Path,
                $"is damaged: the block at {location.Offset} is not as written", location.Offset);
        }

        _run = run.Id;
        _firstPage = location.FirstPage;
    }

    /// <inheritdoc/>
    public override bool TryGetValue(Run run, ValueReference reference, out ReadOnlySpan<byte> value)
    {
        value = ValueReader.Read(disk, run.ValueFile(reference.File), reference, _values);
        return true;
    }
}
