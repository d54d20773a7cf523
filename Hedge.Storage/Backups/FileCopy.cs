using Hedge.Storage.Io;

namespace Hedge.Storage.Backups;

/// <summary>Copies files past the page cache, in pieces, and reads them again. One thread.</summary>
internal sealed class FileCopy(IDisk disk) : IDisposable
{
    private const int PieceBytes = 1 << 20;
    private const int SyncBytes = 16 << 20;

    private readonly AlignedBuffer _buffer = new(PieceBytes);

    /// <summary>The CRC-32C of what was copied or read last.</summary>
    public uint Sum { get; private set; }

    /// <summary>Copies the first bytes of a file into a new one, durably.</summary>
    /// <param name="source">The file, opened for direct reads.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="target">The new file's path.</param>
    /// <returns>The length of each piece.</returns>
    public IEnumerable<int> Copy(DiskFile source, long length, string target)
    {
        Sum = 0;
        using DiskFile file = disk.Open(target, DiskOpenMode.CreateDirect);
        long synced = 0;
        for (long at = 0; at < length;)
        {
            int count = ReadPiece(source, at, length);
            int padded = AlignedBuffer.RoundUp(count);
            _buffer.Span[count..padded].Clear();
            disk.Write(file, at, _buffer.Span[..padded]);
            at += count;
            if (at - synced >= SyncBytes || at == length)
            {
                if (padded > count) disk.Truncate(file, length);
                disk.Sync(file);
                synced = at;
            }

            yield return count;
        }
    }

    /// <summary>Reads the first bytes of a file.</summary>
    /// <returns>The length of each piece.</returns>
    public IEnumerable<int> Read(string path, long length)
    {
        Sum = 0;
        using DiskFile file = disk.Open(path, DiskOpenMode.ReadDirect);
        for (long at = 0; at < length;)
        {
            int count = ReadPiece(file, at, length);
            at += count;
            yield return count;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private int ReadPiece(DiskFile file, long at, long length)
    {
        int read = disk.Read(file, at, _buffer.Span);
        int count = (int)Math.Min(read, length - at);
        if (count <= 0) throw new DiskException("read", file.Path, Errno.IoError);
        Sum = Crc32C.Compute(_buffer.Span[..count], Sum);
        return count;
    }
}
