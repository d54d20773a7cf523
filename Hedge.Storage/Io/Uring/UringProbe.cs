using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>Tries a core's io_uring operations on a small ring and a pair of local sockets.</summary>
// SAFETY: addresses of locals, and one static byte string, used by the kernel within the calls made here.
internal static unsafe class UringProbe
{
    private const int ProbeEntries = 8;
    private const int ProbeBuffers = 2;
    private const int ProbeBufferBytes = 4096;
    private const int WaitAttemptsMax = 8;
    private const long PatienceMicroseconds = 500_000;
    private const int NoMemory = 12;

    /// <summary>Says why Hedge cannot use io_uring here. Null when it can; then the description says what
    /// was found.</summary>
    public static string? FindObstacle(CoreIoOptions options, out string description)
    {
        description = "";
        if (!OperatingSystem.IsLinux()) return "io_uring needs Linux";
        using (Ring? small = Ring.TryCreate(ProbeEntries, ProbeEntries * 2, out int errno))
        {
            if (small == null) return Explain(errno);
            string? obstacle = TryReceive(small);
            if (obstacle != null) return obstacle;
        }

        // The ring has its real size, to meet the limits on locked memory and descriptors.
        using Ring? real = Ring.TryCreate(
            (uint)options.SubmissionEntries, (uint)options.CompletionEntries, out int error);
        if (real == null) return Explain(error);
        bool isDeferred = (real.Setup & SetupFlags.DeferTaskRun) != 0;
        description = isDeferred ? "deferred task work" : "no deferred task work, kernel older than 6.1";
        return null;
    }

    /// <summary>Why a ring cannot be had. Container engines deny io_uring with EPERM or ENOSYS.</summary>
    public static string Explain(int errno) => errno switch
    {
        1 or Errno.AccessDenied => $"io_uring is denied ({Name(errno)})",
        Errno.NoSystemCall => $"io_uring is not in this kernel, or is denied ({Name(errno)})",
        NoMemory => "io_uring may lock too little memory (ENOMEM; ulimit -l, about 256 KiB a core)",
        _ => $"io_uring cannot be set up ({Name(errno)})",
    };

    private static string Name(int errno) => errno switch
    {
        1 => "EPERM",
        Errno.AccessDenied => "EACCES",
        Errno.Invalid => "EINVAL",
        Errno.TooManyFiles => "EMFILE",
        Errno.NoSystemCall => "ENOSYS",
        Errno.NotSupported => "EOPNOTSUPP",
        _ => $"errno {errno}, {Errno.Describe(errno)}",
    };

    // Receives one byte through a multishot receive into a provided buffer: the newest feature (6.0) that
    // Hedge needs.
    private static string? TryReceive(Ring ring)
    {
        using ProvidedBufferRing? buffers =
            ProvidedBufferRing.TryCreate(ring, 1, ProbeBuffers, ProbeBufferBytes, out int errno);
        if (buffers == null)
            return $"io_uring has no provided-buffer rings ({Name(errno)}, kernel older than 5.19)";

        int* pair = stackalloc int[2];
        const int Type = SocketConstants.TypeStream | SocketConstants.CloseOnExec;
        if (Libc.SocketPair(SocketConstants.FamilyUnix, Type, 0, pair) < 0)
            return $"io_uring could not be tried ({Name(Libc.LastError)})";

        byte one = 1;
        _ = Libc.Write(pair[1], &one, 1);
        SubmissionEntry* entry = ring.Next();
        entry->Opcode = UringOpcode.Receive;
        entry->Flags = EntryFlags.BufferSelect;
        entry->Priority = UringBits.ReceiveMultishot;
        entry->Descriptor = pair[0];
        entry->BufferGroup = buffers.Group;
        CompletionEntry first = Next(ring);

        // Closing the peer ends the receive, so that no receive uses the buffers when they are freed.
        _ = Libc.Close(pair[1]);
        CompletionEntry last = first;
        while ((last.Flags & UringBits.CompletionMore) != 0) last = Next(ring);

        _ = Libc.Close(pair[0]);
        bool isWhole = first.Result == 1 && (first.Flags & UringBits.CompletionBuffer) != 0
            && (first.Flags & UringBits.CompletionMore) != 0;
        if (isWhole) return null;
        string answer = first.Result < 0 ? Name(-first.Result) : "no answer";
        return $"io_uring has no multishot receive ({answer}, kernel older than 6.0)";
    }

    // A signal may end a wait early, so there are several attempts.
    private static CompletionEntry Next(Ring ring)
    {
        for (int attempt = 0; attempt < WaitAttemptsMax && ring.Completions.Count == 0; attempt++)
            ring.Wait(PatienceMicroseconds, 1);
        return ring.Completions.Count > 0 ? ring.Completions.Take() : default;
    }
}
