using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Services;

/// <summary>Asks the kernel to back memory with huge pages where it can.</summary>
public static unsafe class HugePages
{
    /// <summary>A hint for <paramref name="bytes"/> bytes at <paramref name="start"/>, both multiples of 2
    /// MiB. A kernel that cannot follow the hint changes nothing.</summary>
    // SAFETY: advice never changes contents.
    public static void Advise(void* start, nuint bytes) =>
        _ = Libc.AdviseMemory(start, bytes, Libc.AdviceHugePage);

    /// <summary>The process gets none from now on. False when the kernel cannot do that.</summary>
    public static bool Disable() => Libc.ControlProcess(Libc.DisableHugePages, 1, 0, 0, 0) == 0;
}
