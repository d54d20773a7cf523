using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Services;

/// <summary>How the C library's allocator behaves in this process.</summary>
public static class SystemAllocator
{
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;
    private const int ArenasMax = -8;

    /// <summary>
    /// Has large blocks mapped and so given back when they are freed, and few arenas kept. By default the C
    /// library moves the limit up to 32 MiB as it goes, and the buffers of background jobs then stay resident
    /// in one arena per thread. Where the C library is another one, nothing happens.
    /// </summary>
    public static void Tune() => Ask(static () =>
    {
        _ = Libc.AllocatorOption(MapThreshold, 256 << 10);
        _ = Libc.AllocatorOption(TrimThreshold, 1 << 20);
        _ = Libc.AllocatorOption(ArenasMax, 2);
    });

    /// <summary>Gives what lies free between small blocks back to the system. Takes a moment, in which nobody
    /// else is given a small block.</summary>
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
