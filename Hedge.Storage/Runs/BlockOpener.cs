using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>Makes blocks from the units that background jobs read. It checks the seal and decompresses
/// packed units into its own buffer, which holds the last one. One thread.</summary>
internal sealed class BlockOpener : IDisposable
{
    private readonly BlockCodec _codec = new();
    private readonly PageBuffer _buffer = new(Page.Bytes);
    private int _bytes;

    /// <summary>The block that was unpacked last; valid until the next call.</summary>
    public ReadOnlySpan<byte> Unpacked => _buffer.Slice(0, _bytes);

    /// <summary>Checks a unit and unpacks it if it is compressed; false when it is damaged.</summary>
    /// <param name="unit">The unit that was read.</param>
    /// <param name="id">The run it was read from.</param>
    /// <param name="offset">The offset it was read from.</param>
    /// <param name="isUnpacked">True when the block is in <see cref="Unpacked"/>; false when the unit
    /// itself is the block.</param>
    public bool TryOpen(ReadOnlySpan<byte> unit, RunId id, long offset, out bool isUnpacked)
    {
        isUnpacked = false;
        if (!RunFormat.IsSealed(unit, id, offset)) return false;
        if (!PackedBlock.IsPacked(unit)) return true;
        isUnpacked = true;
        _bytes = PackedBlock.PagesOf(unit) * Page.Bytes;
        if (_bytes == 0) return false;
        _buffer.EnsureCapacity(_bytes, 0);
        return PackedBlock.TryUnpack(_codec, unit, _buffer.Slice(0, _bytes));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _codec.Dispose();
        _buffer.Dispose();
    }
}
