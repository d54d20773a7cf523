using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Services;

/// <summary>What the system lets this process have, and what it does at the limits.</summary>
// SAFETY: the limits lie on the stack for the length of the call.
public static unsafe class ProcessLimits
{
    private const int FileSizeSignal = 25;
    private const int Ignore = 1;
    private const int OpenFiles = 7;

    /// <summary>A write beyond RLIMIT_FSIZE fails (EFBIG), as on a full disk; without this the signal SIGXFSZ
    /// ends the process.</summary>
    public static void IgnoreFileSizeSignal() => _ = Libc.Signal(FileSizeSignal, Ignore);

    /// <summary>Raises the number of descriptors that the process may have open as far as it may itself. That
    /// number, or null when the system does not tell.</summary>
    public static long? RaiseDescriptors()
    {
        ulong* limit = stackalloc ulong[2];
        if (Libc.GetLimit(OpenFiles, limit) != 0) return null;
        if (limit[0] < limit[1])
        {
            ulong soft = limit[0];
            limit[0] = limit[1];
            if (Libc.SetLimit(OpenFiles, limit) != 0) limit[0] = soft;
        }

        return limit[0] > int.MaxValue ? int.MaxValue : (long)limit[0];
    }
}
