using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Services;

/// <summary>
/// Large blocks of memory straight from the kernel. They are zero when new and resident only where they
/// have been written, grow without a copy, and return to the system at once when freed.
/// </summary>
// SAFETY: every block is unmapped by Free alone, with the length it has then.
public static unsafe class MappedMemory
{
    private const int ReadAndWrite = 1 | 2;
    private const int PrivateAnonymousUnreserved = 0x2 | 0x20 | 0x4000;
    private const int MayMove = 1;

    /// <summary>A block of zeros that begins at a page.</summary>
    /// <exception cref="InsufficientMemoryException">The system has no block of this length.</exception>
    public static void* Allocate(nuint bytes) =>
        Check(Libc.MemoryMap(null, bytes, ReadAndWrite, PrivateAnonymousUnreserved, -1, 0));

    /// <summary>Changes a block's length. New bytes are zero. The old pointer is invalid
    /// afterwards.</summary>
    /// <inheritdoc cref="Allocate"/>
    public static void* Resize(void* block, nuint bytes, nuint newBytes) =>
        Check(Libc.MemoryRemap(block, bytes, newBytes, MayMove));

    /// <summary>Gives a block back.</summary>
    public static void Free(void* block, nuint bytes) => _ = Libc.MemoryUnmap(block, bytes);

    /// <summary>Gives the pages of a part of private memory back, whatever they hold: whole pages, which are
    /// zeros when they are used again.</summary>
    public static void GiveBackPages(void* start, nuint bytes) =>
        _ = Libc.AdviseMemory(start, bytes, Libc.AdviceDontNeed);

    private static void* Check(void* block) =>
        (nint)block == -1 ? throw new InsufficientMemoryException() : block;
}
