using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Services;

/// <summary>The limits that the system sets for this process, and what happens at them.</summary>
// SAFETY: the limits lie on the stack for the length of the call.
public static unsafe class ProcessLimits
{
    private const int FileSizeSignal = 25;
    private const int Ignore = 1;
    private const int OpenFiles = 7;

    /// <summary>The runtime and a server without data have about a hundred files open.</summary>
    private const int DescriptorsLeast = 128;

    /// <summary>Raises the limit of open descriptors. False when it is too low for the runtime, after a
    /// sentence on standard error. Uses nothing that has to be loaded.</summary>
    public static bool HaveDescriptors()
    {
        if (RaiseDescriptors() is not { } limit || limit >= DescriptorsLeast) return true;
        ReadOnlySpan<byte> text =
            "Hedge can't start: fewer than 128 open files are allowed. Raise the limit (ulimit -n 1024)\n"u8;
        fixed (byte* first = text) _ = Libc.Write(2, first, (nuint)text.Length);
        return false;
    }

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
