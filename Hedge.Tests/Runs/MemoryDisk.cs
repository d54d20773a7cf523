using System.Runtime.InteropServices;
using Hedge.Storage.Io;
using NUnit.Framework;

namespace Hedge.Tests.Runs;

/// <summary>Files in memory, with a write or read that can be made to fail. One thread.</summary>
internal sealed class MemoryDisk : IDisk
{
    private readonly Dictionary<string, List<byte>> _files = [];

    /// <summary>Open files.</summary>
    public int OpenFiles { get; private set; }

    /// <summary>The lengths of all writes.</summary>
    public List<int> Writes { get; } = [];

    /// <summary>Syncs so far.</summary>
    public int Syncs { get; private set; }

    /// <summary>Counts down with each operation that touches file contents; at 0 it fails with EIO. Negative:
    /// never.</summary>
    public int FailAfter { get; set; } = -1;

    public IReadOnlyCollection<string> Paths => _files.Keys;

    public Span<byte> Content(string path) => CollectionsMarshal.AsSpan(_files[path]);

    public void SetContent(string path, ReadOnlySpan<byte> content) => _files[path] = [.. content];

    public DiskFile Open(string path, DiskOpenMode mode)
    {
        if (mode is DiskOpenMode.Create or DiskOpenMode.CreateDirect)
        {
            if (!_files.TryAdd(path, [])) throw new DiskException("open", path, Errno.Exists);
        }
        else if (!_files.ContainsKey(path))
        {
            throw new DiskException("open", path, Errno.NoEntry);
        }

        OpenFiles++;
        return new MemoryFile(this, path, _files[path], mode == DiskOpenMode.ReadDirect);
    }

    public long Length(DiskFile file) => ((MemoryFile)file).Content.Count;

    public unsafe int Read(DiskFile file, long offset, Span<byte> buffer)
    {
        MayFail("read", file.Path);
        MemoryFile memory = (MemoryFile)file;
        if (memory.IsDirect)
        {
            fixed (byte* start = buffer)
            {
                if (((ulong)offset | (uint)buffer.Length | (ulong)start) % 4096 != 0)
                    Assert.Fail("a direct read is not aligned");
            }
        }

        ReadOnlySpan<byte> content = CollectionsMarshal.AsSpan(memory.Content);
        if (offset >= content.Length) return 0;
        content = content[(int)offset..];
        if (content.Length > buffer.Length) content = content[..buffer.Length];
        content.CopyTo(buffer);
        return content.Length;
    }

    public void Write(DiskFile file, long offset, ReadOnlySpan<byte> data)
    {
        MayFail("write", file.Path);
        List<byte> content = ((MemoryFile)file).Content;
        int end = (int)offset + data.Length;
        if (content.Count < end) CollectionsMarshal.SetCount(content, end);
        data.CopyTo(CollectionsMarshal.AsSpan(content)[(int)offset..]);
        Writes.Add(data.Length);
    }

    public void Sync(DiskFile file)
    {
        MayFail("fdatasync", file.Path);
        Syncs++;
    }

    public void Delete(string path)
    {
        if (!_files.Remove(path)) throw new DiskException("unlink", path, Errno.NoEntry);
    }

    public void SyncDirectory(string path)
    {
    }

    public void CreateDirectory(string path)
    {
    }

    public IDiskFolder OpenFolder(string root, string folder) =>
        new Simulation.PathFolder(this, root, folder);

    public bool Exists(string path) => _files.ContainsKey(path);

    public void Allocate(DiskFile file, long length) => throw new NotSupportedException();

    public void Truncate(DiskFile file, long length) => throw new NotSupportedException();

    public void Rename(string from, string to) => throw new NotSupportedException();

    public IReadOnlyList<string> List(string path) => throw new NotSupportedException();

    public IDirectoryLock? TryLock(string path) => throw new NotSupportedException();

    public long TotalBytes(string path) => long.MaxValue;

    public long FreeBytes(string path) => long.MaxValue;

    private void MayFail(string operation, string path)
    {
        if (FailAfter < 0 || FailAfter-- > 0) return;
        FailAfter = 0;
        throw new DiskException(operation, path, Errno.IoError);
    }

    private sealed class MemoryFile(MemoryDisk disk, string path, List<byte> content, bool isDirect)
        : DiskFile(path)
    {
        private bool _closed;

        public List<byte> Content { get; } = content;

        public bool IsDirect { get; } = isDirect;

        public override void Dispose()
        {
            if (!_closed) disk.OpenFiles--;
            _closed = true;
        }
    }
}

/// <summary>Reads of a <see cref="MemoryDisk"/> that complete when the test says so.</summary>
internal sealed unsafe class MemoryDiskQueue(MemoryDisk disk) : IDiskQueue
{
    private readonly List<StartedRead> _reads = [];

    public int InFlight => _reads.Count;

    /// <summary>All reads that were ever started.</summary>
    public int Started { get; private set; }

    /// <summary>A negative errno that the next completions return.</summary>
    public int Error { get; set; }

    /// <summary>Completions transfer at most this much.</summary>
    public int TransferBytesMax { get; set; } = int.MaxValue;

    public void Read(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
    {
        Started++;
        _reads.Add(new StartedRead(file, offset, (nint)buffer, length, operation));
    }

    /// <summary>Completes everything under way, also what is started meanwhile.</summary>
    public void CompleteAll()
    {
        while (_reads.Count > 0)
        {
            StartedRead read = _reads[^1];
            _reads.RemoveAt(_reads.Count - 1);
            Span<byte> buffer = new((byte*)read.Buffer, Math.Min(read.Length, TransferBytesMax));
            read.Operation.Complete(Error < 0 ? Error : disk.Read(read.File, read.Offset, buffer));
        }
    }

    public void Write(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation) =>
        throw new NotSupportedException();

    public void WriteThenSync(
        DiskFile file, long offset, byte* buffer, int length, DiskOperation operation) =>
        throw new NotSupportedException();

    public void Sync(DiskFile file, DiskOperation operation) => throw new NotSupportedException();

    private readonly record struct StartedRead(
        DiskFile File, long Offset, nint Buffer, int Length, DiskOperation Operation);
}
