using System.Buffers.Binary;
using Hedge.Storage.Io;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Checks;

/// <summary>The entries of a run as <see cref="RunScanner"/> gives them, but a damaged block counts as one
/// without entries, and is reported.</summary>
internal sealed class TolerantScanner : RunEntries
{
    private readonly IDisk _disk;
    private readonly int _readAheadBytes;
    private readonly Action<Run, long>? _lost;
    private readonly PageBuffer _buffer;
    private readonly BlockOpener _opener = new();
    private readonly byte[] _empty = new byte[Page.Bytes];
    private long _loaded = -1;
    private long _bufferOffset;
    private int _bufferBytes;
    private int _blockAt;
    private int _blockBytes;
    private bool _isUnpacked;
    private bool _isLost;
    private bool _disposed;

    /// <summary>Stands before the first entry.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="run">The run.</param>
    /// <param name="readAheadBytes">Bytes to read at once, whole pages.</param>
    /// <param name="lost">Is told of each damaged block, by its number; null for nobody.</param>
    public TolerantScanner(IDisk disk, Run run, int readAheadBytes, Action<Run, long>? lost)
        : base(run)
    {
        (_disk, _readAheadBytes, _lost) = (disk, readAheadBytes, lost);
        _buffer = new PageBuffer(readAheadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(_empty, RunFormat.BlockHeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(_empty.AsSpan(4), 1);
        int tableAt = _empty.Length - RunFormat.SealBytes - sizeof(uint);
        BinaryPrimitives.WriteInt32LittleEndian(_empty.AsSpan(tableAt), RunFormat.BlockHeaderBytes);
    }

    /// <summary>Bytes read from the disk.</summary>
    public long BytesRead { get; private set; }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _buffer.Dispose();
        _opener.Dispose();
        base.Dispose();
    }

    private protected override bool TryGet(long number, out ReadOnlySpan<byte> block)
    {
        if (number != _loaded) Load(number);
        block = _isLost ? _empty : _isUnpacked ? _opener.Unpacked : _buffer.Slice(_blockAt, _blockBytes);
        return true;
    }

    private void Load(long number)
    {
        BlockLocation location = Run.BlockAt(number);
        _isLost = !TryRead(location) || !_opener.TryOpen(
            _buffer.Slice(_blockAt, _blockBytes), Run.Id, location.Offset, out _isUnpacked);
        if (_isLost) _lost?.Invoke(Run, number);
        _loaded = number;
    }

    private bool TryRead(BlockLocation location)
    {
        bool isBuffered = location.Offset >= _bufferOffset
            && location.Offset + location.Length <= _bufferOffset + _bufferBytes;
        if (!isBuffered && !TryFill(location, Math.Max(_readAheadBytes, location.Length))
            && !TryFill(location, location.Length)) return false;
        _blockAt = (int)(location.Offset - _bufferOffset);
        _blockBytes = location.Length;
        return true;
    }

    private bool TryFill(BlockLocation first, int wanted)
    {
        _bufferBytes = 0;
        _buffer.EnsureCapacity(wanted, 0);
        BlockLocation last = Run.BlockAt(Last);
        wanted = (int)Math.Min(wanted, last.Offset + last.Length - first.Offset);
        try
        {
            int read = _disk.Read(Run.File, first.Offset, _buffer.Slice(0, wanted));
            _bufferOffset = first.Offset;
            _bufferBytes = read;
            BytesRead += read;
            return read >= first.Length;
        }
        catch (DiskException)
        {
            return false;
        }
    }
}
