using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Services;

/// <summary>The limits that the system sets for this process, and what happens at them.</summary>
// SAFETY: the limits lie on the stack for the length of the call.
public static unsafe class ProcessLimits
{
    private const int FileSizeSignal = 25;
    private const int Ignore = 1;
    private const int OpenFiles = 7;

    /// <summary>Makes a write beyond RLIMIT_FSIZE fail with EFBIG, as on a full disk. Otherwise the signal
    /// SIGXFSZ would end the process.</summary>
    public static void IgnoreFileSizeSignal() => _ = Libc.Signal(FileSizeSignal, Ignore);

    /// <summary>Raises the limit of open descriptors as far as the process may. Returns the limit, or null
    /// when the system does not tell it.</summary>
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
