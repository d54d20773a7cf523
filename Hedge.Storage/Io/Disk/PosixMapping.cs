using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Disk;

/// <summary>A file mapped with mmap(2), MAP_SHARED. It outlives the descriptor.</summary>
// SAFETY: the kernel gave Length bytes at Pointer; unmapped by Dispose only.
internal sealed unsafe class PosixMapping : SharedMapping
{
    private const int ReadAndWrite = 1 | 2;
    private const int Shared = 1;

    private PosixMapping(void* start, long length)
    {
        Pointer = (byte*)start;
        Length = length;
    }

    /// <summary>Maps the file. Null when its file system cannot.</summary>
    public static PosixMapping? TryMap(int descriptor, long length)
    {
        void* start = Libc.MemoryMap(null, (nuint)length, ReadAndWrite, Shared, descriptor, 0);
        return start == (void*)-1 ? null : new PosixMapping(start, length);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Pointer == null) return;
        _ = Libc.MemoryUnmap(Pointer, (nuint)Length);
        Pointer = null;
        Length = 0;
    }
}
