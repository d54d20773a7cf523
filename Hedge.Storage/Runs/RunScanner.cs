using Hedge.Storage.Io;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>The entries of a run, with large reads ahead, past the block cache: for background jobs, on one
/// thread. A move throws <see cref="DiskException"/> when the disk fails, and
/// <see cref="RunFormatException"/> when the run is damaged, unless somebody wants to hear of it.</summary>
/// <param name="disk">The disk.</param>
/// <param name="run">The run.</param>
/// <param name="readAheadBytes">Bytes to read at once, whole pages.</param>
internal sealed class RunScanner(IDisk disk, Run run, int readAheadBytes = RunScanner.ReadAheadBytes)
    : RunEntries(run)
{
    /// <summary>Bytes read ahead at once by default. A longer block is read alone.</summary>
    public const int ReadAheadBytes = 512 * 1024;

    private const int ReadAheadBytesMin = 4 * Page.Bytes;

    private readonly PageBuffer _buffer = new(readAheadBytes);
    private readonly BlockOpener _opener = new();
    private long _loaded = -1;
    private long _bufferOffset;
    private int _bufferBytes;
    private int _blockAt;
    private int _blockBytes;
    private bool _isUnpacked;
    private bool _isLost;
    private bool _disposed;

    /// <summary>Is told of each block that cannot be read, by its number. Then it counts as one without
    /// entries; null to throw.</summary>
    public Action<Run, long>? Lost { get; init; }

    /// <summary>How much of each of several runs is read ahead, so that it is so much together, as far as
    /// each has a little.</summary>
    public static int ShareOf(int bytes, int runs)
    {
        int share = Math.Clamp(bytes / Math.Max(1, runs), ReadAheadBytesMin, ReadAheadBytes);
        return share - (share % Page.Bytes);
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
        block = _isLost ? RunFormat.EmptyBlock
            : _isUnpacked ? _opener.Unpacked : _buffer.Slice(_blockAt, _blockBytes);
        return true;
    }

    private void Load(long number)
    {
        _loaded = -1;
        _isLost = false;
        BlockLocation location = Run.BlockAt(number);
        try
        {
            Open(location, readAheadBytes);
        }
        catch (IOException) when (Lost is not null)
        {
            _isLost = !TryAlone(location);
            if (_isLost) Lost(Run, number);
        }

        _loaded = number;
    }

    // What cannot be read may be behind the block.
    private bool TryAlone(BlockLocation location)
    {
        try
        {
            Open(location, location.Length);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Open(BlockLocation location, int wanted)
    {
        bool isBuffered = location.Offset >= _bufferOffset
            && location.Offset + location.Length <= _bufferOffset + _bufferBytes;
        if (!isBuffered) Fill(location, wanted);
        _blockAt = (int)(location.Offset - _bufferOffset);
        _blockBytes = location.Length;
        ReadOnlySpan<byte> unit = _buffer.Slice(_blockAt, _blockBytes);
        if (!_opener.TryOpen(unit, Run.Id, location.Offset, out _isUnpacked))
        {
            throw new RunFormatException(Run.File.Path,
                $"is damaged: the block at {location.Offset} is not as written", location.Offset);
        }
    }

    private void Fill(BlockLocation first, int wanted)
    {
        _bufferBytes = 0;
        _buffer.EnsureCapacity(first.Length, 0);
        BlockLocation last = Run.BlockAt(Last);
        long blocksEnd = last.Offset + last.Length;
        wanted = (int)Math.Min(Math.Max(wanted, first.Length), blocksEnd - first.Offset);
        int read = disk.Read(Run.File, first.Offset, _buffer.Slice(0, wanted));
        if (read < first.Length)
            throw new RunFormatException(Run.File.Path, "is damaged: it ends early", first.Offset);
        _bufferOffset = first.Offset;
        _bufferBytes = read;
        BytesRead += read;
    }
}
