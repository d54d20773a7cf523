using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Services;

/// <summary>How the C library's allocator behaves in this process.</summary>
public static class SystemAllocator
{
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;
    private const int ArenasMax = -8;

    /// <summary>
    /// Makes the C library map large blocks, so that they return to the system when they are freed, and
    /// keep few arenas. By default it raises the size from which it maps up to 32 MiB, and then the buffers
    /// of background jobs stay resident in one arena per thread. Does nothing with another C library.
    /// </summary>
    public static void Tune() => Ask(static () =>
    {
        _ = Libc.AllocatorOption(MapThreshold, 256 << 10);
        _ = Libc.AllocatorOption(TrimThreshold, 1 << 20);
        _ = Libc.AllocatorOption(ArenasMax, 2);
    });

    /// <summary>Returns free memory between small blocks to the system. Other threads cannot allocate small
    /// blocks meanwhile.</summary>
    public static void Trim() => Ask(static () => _ = Libc.AllocatorTrim(0));

    private static void Ask(Action action)
    {
        try
        {
            action();
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc.
        }
    }
}
