using Hedge.Storage.Io;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>
/// Reads a run's entries in ascending order with large reads that bypass the block cache. For background
/// jobs, on one thread. Holds a reference to the run until it is disposed.
/// </summary>
internal sealed class RunScanner : IEntrySource, IDisposable
{
    /// <summary>Bytes read ahead at once by default. A longer block is read alone.</summary>
    public const int ReadAheadBytes = 512 * 1024;

    private readonly IDisk _disk;
    private readonly Run _run;
    private readonly PageBuffer _buffer;
    private readonly int _readAheadBytes;
    private readonly BlockWalker _walker = new();
    private readonly BlockOpener _opener = new();
    private long _nextBlock;
    private long _bufferOffset;
    private int _bufferBytes;
    private int _blockAt;
    private int _blockBytes;
    private bool _isUnpacked;
    private bool _positioned;
    private bool _disposed;

    /// <summary>Stands before the run's first entry.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="run">The run.</param>
    /// <param name="readAheadBytes">Bytes to read at once, whole pages.</param>
    public RunScanner(IDisk disk, Run run, int readAheadBytes = ReadAheadBytes)
    {
        _readAheadBytes = readAheadBytes;
        _buffer = new PageBuffer(readAheadBytes);
        _disk = disk;
        _run = run;
        run.Acquire();
    }

    /// <summary>Bytes read from the disk.</summary>
    public long BytesRead { get; private set; }

    /// <inheritdoc/>
    public RunEntry Current => _walker.Entry(Block);

    private ReadOnlySpan<byte> Block => _isUnpacked ? _opener.Unpacked : _buffer.Slice(_blockAt, _blockBytes);

    /// <summary>Goes to the place before the first entry whose key is not below <paramref name="key"/>; the
    /// next
    /// <see cref="MoveNext"/> goes there.</summary>
    public void Seek(ReadOnlySpan<byte> key)
    {
        _walker.Reset();
        _blockBytes = 0;
        _nextBlock = Math.Max(_run.FindBlock(key), 0);
        if (_nextBlock >= _run.Blocks) return;
        LoadBlock();
        _positioned = _walker.Seek(Block, key);
    }

    /// <inheritdoc/>
    public bool MoveNext()
    {
        if (_positioned)
        {
            _positioned = false;
            return true;
        }

        while (_blockBytes == 0 || !_walker.Next(Block))
        {
            if (_nextBlock >= _run.Blocks) return false;
            LoadBlock();
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _buffer.Dispose();
        _opener.Dispose();
        _run.Release();
    }

    private void LoadBlock()
    {
        BlockLocation location = _run.BlockAt(_nextBlock);
        bool isBuffered = location.Offset >= _bufferOffset
            && location.Offset + location.Length <= _bufferOffset + _bufferBytes;
        if (!isBuffered) Fill(location);
        _blockAt = (int)(location.Offset - _bufferOffset);
        _blockBytes = location.Length;
        ReadOnlySpan<byte> unit = _buffer.Slice(_blockAt, _blockBytes);
        if (!_opener.TryOpen(unit, _run.Id, location.Offset, out _isUnpacked))
        {
            _blockBytes = 0;
            throw new RunFormatException(
                _run.File.Path, $"is damaged: the block at {location.Offset} is not as written");
        }

        _nextBlock++;
        _walker.Reset();
    }

    private void Fill(BlockLocation first)
    {
        _bufferBytes = 0;
        _buffer.EnsureCapacity(first.Length, 0);
        BlockLocation last = _run.BlockAt(_run.Blocks - 1);
        long blocksEnd = last.Offset + last.Length;
        int wanted = (int)Math.Min(Math.Max(_readAheadBytes, first.Length), blocksEnd - first.Offset);
        int read = _disk.Read(_run.File, first.Offset, _buffer.Slice(0, wanted));
        if (read < first.Length) throw new RunFormatException(_run.File.Path, "is damaged: it ends early");
        _bufferOffset = first.Offset;
        _bufferBytes = read;
        BytesRead += read;
    }
}
