using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Services;

/// <summary>The kernel's clocks, read through the vDSO (no system call). Any thread.</summary>
public sealed class SystemClock : IClock
{
    /// <inheritdoc/>
    public long UnixMilliseconds => UnixMicroseconds / 1000;

    /// <inheritdoc/>
    public long UnixMicroseconds => Read(Libc.ClockRealtime);

    /// <inheritdoc/>
    public long MonotonicMicroseconds => Read(Libc.ClockMonotonic);

    private static unsafe long Read(int clock)
    {
        // SAFETY: the kernel fills one timespec on this frame's stack.
        KernelTimespec now = default;
        int failed = Libc.ClockGetTime(clock, &now);
        Invariant.Check(failed == 0, "the kernel has the clocks that POSIX demands");
        return now.Seconds * 1_000_000 + now.Nanoseconds / 1000;
    }
}
