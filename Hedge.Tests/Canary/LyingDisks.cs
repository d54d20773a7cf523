using System.Runtime.InteropServices;
using Hedge.Storage.Io;

namespace Hedge.Tests.Canary;

/// <summary>A core's disk queue that says it has synced, and has not.</summary>
internal sealed unsafe class LyingQueue(IDiskQueue queue) : IDiskQueue
{
    public int InFlight => queue.InFlight;

    public void Read(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation) =>
        queue.Read(file, offset, buffer, length, operation);

    public void Write(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation) =>
        queue.Write(file, offset, buffer, length, operation);

    public void WriteThenSync(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
        => queue.Write(file, offset, buffer, length, operation);

    public void Sync(DiskFile file, DiskOperation operation) => queue.Write(file, 0, null, 0, operation);
}

/// <summary>A core's disk queue that reports a write that is to be synced as soon as its bytes could have
/// been handed over, while write and sync are still under way.</summary>
internal sealed unsafe class HastyQueue(IDiskQueue queue) : IDiskQueue
{
    public int InFlight => queue.InFlight;

    public void Read(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation) =>
        queue.Read(file, offset, buffer, length, operation);

    public void Write(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation) =>
        queue.Write(file, offset, buffer, length, operation);

    public void WriteThenSync(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
    {
        // SAFETY: the copy lives until the operation that uses it is done.
        byte* copy = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1), 4096);
        Buffer.MemoryCopy(buffer, copy, length, length);
        queue.WriteThenSync(file, offset, copy, length, new Real(copy));
        queue.Read(file, 0, copy, 0, new Early(operation, length));
    }

    public void Sync(DiskFile file, DiskOperation operation) => queue.Sync(file, operation);

    private sealed class Real(byte* copy) : DiskOperation
    {
        public override void Complete(int result) => NativeMemory.AlignedFree(copy);
    }

    private sealed class Early(DiskOperation operation, int length) : DiskOperation
    {
        public override void Complete(int result) => operation.Complete(length);
    }
}

/// <summary>A disk whose mappings reach the page cache late: some calls of <see cref="Step"/> after the
/// store, or never. So it is when a log moves its committed length after it has shown what it
/// committed.</summary>
internal sealed unsafe class LateDisk(IDisk disk, bool isLate) : IDisk
{
    private const int StepsLate = 16;
    private readonly List<Late> _mappings = [];
    private int _steps;

    public DiskFile Open(string path, DiskOpenMode mode) => disk.Open(path, mode);

    public long Length(DiskFile file) => disk.Length(file);

    public int Read(DiskFile file, long offset, Span<byte> buffer) => disk.Read(file, offset, buffer);

    public void Write(DiskFile file, long offset, ReadOnlySpan<byte> data) => disk.Write(file, offset, data);

    public void Sync(DiskFile file) => disk.Sync(file);

    public void Allocate(DiskFile file, long length) => disk.Allocate(file, length);

    public void Truncate(DiskFile file, long length) => disk.Truncate(file, length);

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string path) => disk.Delete(path);

    public void SyncDirectory(string path) => disk.SyncDirectory(path);

    public void CreateDirectory(string path) => disk.CreateDirectory(path);

    public bool Exists(string path) => disk.Exists(path);

    public IReadOnlyList<string> List(string path) => disk.List(path);

    public IDiskFolder OpenFolder(string root, string folder) => disk.OpenFolder(root, folder);

    public IDirectoryLock? TryLock(string path) => disk.TryLock(path);

    public long TotalBytes(string path) => disk.TotalBytes(path);

    public long FreeBytes(string path) => disk.FreeBytes(path);

    public UInt128 BootId => disk.BootId;

    public SharedMapping? MapShared(DiskFile file, long length)
    {
        if (disk.MapShared(file, length) is not { } real) return null;
        Late late = new(real);
        _mappings.Add(late);
        return late;
    }

    /// <summary>What was stored before the last call reaches the page cache.</summary>
    public void Step()
    {
        if (!isLate || ++_steps % StepsLate != 0) return;
        foreach (Late mapping in _mappings) mapping.Step();
    }

    private sealed class Late : SharedMapping
    {
        private readonly SharedMapping _real;
        private readonly AlignedBuffer _memory;
        private readonly byte[] _last;

        public Late(SharedMapping real)
        {
            _real = real;
            _memory = new AlignedBuffer((int)real.Length);
            new Span<byte>(real.Pointer, (int)real.Length).CopyTo(_memory.Span);
            _last = _memory.Span.ToArray();
            Pointer = _memory.Pointer;
            Length = real.Length;
        }

        public void Step()
        {
            if (_real.Pointer == null) return;
            _last.CopyTo(new Span<byte>(_real.Pointer, _last.Length));
            _memory.Span.CopyTo(_last);
        }

        public override void Dispose()
        {
            _real.Dispose();
            _memory.Dispose();
            Pointer = null;
        }
    }
}

/// <summary>A disk that leaves out the syncs of files, of directories, or of both.</summary>
internal sealed class LyingDisk(IDisk disk, bool eatsSyncs, bool eatsDirectorySyncs) : IDisk
{
    public DiskFile Open(string path, DiskOpenMode mode) => disk.Open(path, mode);

    public long Length(DiskFile file) => disk.Length(file);

    public int Read(DiskFile file, long offset, Span<byte> buffer) => disk.Read(file, offset, buffer);

    public void Write(DiskFile file, long offset, ReadOnlySpan<byte> data) => disk.Write(file, offset, data);

    public void Sync(DiskFile file)
    {
        if (!eatsSyncs) disk.Sync(file);
    }

    public void Allocate(DiskFile file, long length) => disk.Allocate(file, length);

    public void Truncate(DiskFile file, long length) => disk.Truncate(file, length);

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string path) => disk.Delete(path);

    public void SyncDirectory(string path)
    {
        if (!eatsDirectorySyncs) disk.SyncDirectory(path);
    }

    public void CreateDirectory(string path) => disk.CreateDirectory(path);

    public IDiskFolder OpenFolder(string root, string folder) =>
        eatsDirectorySyncs ? new Simulation.PathFolder(this, root, folder) : disk.OpenFolder(root, folder);

    public bool Exists(string path) => disk.Exists(path);

    public IReadOnlyList<string> List(string path) => disk.List(path);

    public IDirectoryLock? TryLock(string path) => disk.TryLock(path);

    public long TotalBytes(string path) => disk.TotalBytes(path);

    public long FreeBytes(string path) => disk.FreeBytes(path);

    public SharedMapping? MapShared(DiskFile file, long length) => disk.MapShared(file, length);

    public UInt128 BootId => disk.BootId;
}
