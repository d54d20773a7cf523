using System.Runtime.CompilerServices;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// One io_uring, which one thread makes and uses. Operations are written with <see cref="Next"/> and reach
/// the kernel with <see cref="Submit"/> or <see cref="Wait"/>; results are gathered into
/// <see cref="Completions"/>.
/// </summary>
/// <remarks>
/// With deferred task work the kernel posts completions only while this thread asks for events in
/// io_uring_enter. It sets a flag when it has something to post; see
/// <see cref="HasKernelWork"/>. Completions are copied at once, so that the kernel's queue is empty at each
/// call and an overflow cannot last.
/// </remarks>
// SAFETY: all pointers lie inside the two mappings of _ringBytes and _entriesBytes, which live until Dispose;
// indexes are masked with the sizes the kernel gave. Heads and tails that the kernel shares are read and
// written as volatile.
internal sealed unsafe class Ring : IDisposable
{
    private const int ProtectReadWrite = 1 | 2;
    private const int MapSharedPopulate = 0x01 | 0x8000;
    private const long OffsetEntries = 0x10000000;
    private const int SubmitAttemptsMax = 100_000;

    // The flags are tried in this order. Each step is for the next older generation of kernels.
    private static readonly uint[] SetupSteps =
    [
        SetupFlags.SubmitAll | SetupFlags.SingleIssuer | SetupFlags.DeferTaskRun | SetupFlags.TaskRunFlag
            | SetupFlags.NoSubmissionArray,
        SetupFlags.SubmitAll | SetupFlags.SingleIssuer | SetupFlags.DeferTaskRun | SetupFlags.TaskRunFlag,
        SetupFlags.SubmitAll | SetupFlags.SingleIssuer | SetupFlags.CooperativeTaskRun
            | SetupFlags.TaskRunFlag,
        SetupFlags.SubmitAll | SetupFlags.CooperativeTaskRun | SetupFlags.TaskRunFlag,
        SetupFlags.SubmitAll,
        0,
    ];

    private readonly int _descriptor;
    private readonly byte* _ring;
    private readonly nuint _ringBytes;
    private readonly SubmissionEntry* _entries;
    private readonly nuint _entriesBytes;
    private readonly uint* _submissionHead;
    private readonly uint* _submissionTail;
    private readonly uint* _status;
    private readonly uint _submissionMask;
    private readonly uint _submissionCount;
    private readonly uint* _completionHead;
    private readonly uint* _completionTail;
    private readonly uint _completionMask;
    private readonly CompletionEntry* _completions;
    private readonly int _enterDescriptor;
    private readonly uint _enterFlags;
    private uint _tail;
    private bool _isDisposed;

    private Ring(
        int descriptor, in RingParameters parameters, byte* ring, nuint ringBytes, SubmissionEntry* entries)
    {
        _descriptor = descriptor;
        _ring = ring;
        _ringBytes = ringBytes;
        _entries = entries;
        _entriesBytes = EntriesBytes(parameters);
        _submissionHead = (uint*)(ring + parameters.Submission.Head);
        _submissionTail = (uint*)(ring + parameters.Submission.Tail);
        _status = (uint*)(ring + parameters.Submission.Flags);
        _submissionMask = *(uint*)(ring + parameters.Submission.RingMask);
        _submissionCount = parameters.SubmissionEntries;
        _completionHead = (uint*)(ring + parameters.Completion.Head);
        _completionTail = (uint*)(ring + parameters.Completion.Tail);
        _completionMask = *(uint*)(ring + parameters.Completion.RingMask);
        _completions = (CompletionEntry*)(ring + parameters.Completion.Entries);
        Setup = parameters.Flags;
        if ((Setup & SetupFlags.NoSubmissionArray) == 0)
        {
            uint* indexes = (uint*)(ring + parameters.Submission.Array);
            for (uint i = 0; i < _submissionCount; i++) indexes[i] = i;
        }

        ResourceUpdate self = new() { Offset = uint.MaxValue, Data = (ulong)descriptor };
        bool isRegistered = UringCalls.Register(descriptor, RegisterOperation.RingDescriptors, &self, 1) == 1;
        _enterDescriptor = isRegistered ? (int)self.Offset : descriptor;
        _enterFlags = isRegistered ? EnterFlags.RegisteredRing : 0;
    }

    /// <summary>The number of sets of flags that <see cref="TryCreate"/> tries.</summary>
    public static int SetupStepCount => SetupSteps.Length;

    /// <summary>The IORING_SETUP flags that the kernel accepted.</summary>
    public uint Setup { get; }

    /// <summary>Results gathered and not yet taken.</summary>
    public CompletionList Completions { get; } = new();

    /// <summary>System calls made for this ring since it was made.</summary>
    public long Enters { get; private set; }

    /// <summary>Operations written and not yet taken by the kernel.</summary>
    public uint Pending => _tail - Volatile.Read(ref *_submissionHead);

    /// <summary>True when entering the kernel would produce completions.</summary>
    public bool HasKernelWork
        => (Volatile.Read(ref *_status) & (UringBits.StatusTaskRun | UringBits.StatusOverflow)) != 0;

    /// <summary>Makes a ring with the best flags this kernel takes.</summary>
    /// <param name="submissionEntries">Length of the submission queue.</param>
    /// <param name="completionEntries">Length of the completion queue.</param>
    /// <param name="errno">The kernel's error number when no ring could be made.</param>
    /// <param name="firstStep">The flags to begin with: 0 for the best; a higher number behaves as on an
    /// older kernel.</param>
    /// <returns>The ring, or null.</returns>
    public static Ring? TryCreate(
        uint submissionEntries, uint completionEntries, out int errno, int firstStep = 0)
    {
        KernelLayout.Check();
        errno = Errno.Invalid;
        foreach (uint step in SetupSteps.AsSpan(firstStep))
        {
            RingParameters parameters = new()
            {
                Flags = step | SetupFlags.CompletionSize | SetupFlags.Clamp,
                CompletionEntries = completionEntries,
            };
            int descriptor = UringCalls.Setup(submissionEntries, &parameters);
            if (descriptor >= 0) return Map(descriptor, parameters, out errno);
            errno = -descriptor;
            if (errno != Errno.Invalid) return null;
        }

        return null;
    }

    /// <summary>A cleared entry for one operation. When the queue is full, it is submitted first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SubmissionEntry* Next()
    {
        if (Pending >= _submissionCount) SubmitPending();
        SubmissionEntry* entry = _entries + (_tail++ & _submissionMask);
        *entry = default;
        return entry;
    }

    /// <summary>
    /// Makes sure that the next <paramref name="count"/> entries go to the kernel in one piece (links).
    /// </summary>
    public void Reserve(uint count)
    {
        if (Pending + count > _submissionCount) SubmitPending();
    }

    /// <summary>
    /// Hands all written entries to the kernel and gathers completions. Makes no system call when there is
    /// nothing to hand over or fetch. On return the kernel has taken every entry.
    /// </summary>
    public void Submit()
    {
        if (Pending != 0 || HasKernelWork) SubmitPending();
        else Gather();
    }

    /// <summary>Submits, and sleeps until there are so many completions or the time is over. Does not sleep
    /// when there is a completion already.</summary>
    /// <param name="timeoutMicroseconds">The longest sleep; negative for no limit.</param>
    /// <param name="completions">How many to wait for, 1 or more.</param>
    public void Wait(long timeoutMicroseconds, uint completions)
    {
        Gather();
        if (Completions.Count > 0)
        {
            Submit();
            return;
        }

        KernelTimespec time = new()
        {
            Seconds = timeoutMicroseconds / 1_000_000,
            Nanoseconds = timeoutMicroseconds % 1_000_000 * 1000,
        };
        WaitArgument argument = new() { Timespec = timeoutMicroseconds < 0 ? 0 : (ulong)&time };
        const uint Flags = EnterFlags.GetEvents | EnterFlags.ExtendedArgument;
        Check(Enter(completions, Flags, &argument, (nuint)sizeof(WaitArgument)));
        Gather();
        // A signal or a busy kernel may have ended the call before everything was taken.
        if (Pending != 0) SubmitPending();
    }

    /// <summary>Copies the posted completions to <see cref="Completions"/>.</summary>
    public void Gather()
    {
        uint head = *_completionHead;
        uint tail = Volatile.Read(ref *_completionTail);
        if (head == tail) return;
        for (; head != tail; head++) Completions.Add(_completions[head & _completionMask]);
        Volatile.Write(ref *_completionHead, head);
    }

    /// <summary>True once the ring is closed.</summary>
    public bool IsDisposed => _isDisposed;

    /// <summary>io_uring_register on this ring; a negative errno on failure.</summary>
    public int Register(uint operation, void* argument, uint count)
        => UringCalls.Register(_descriptor, operation, argument, count);

    /// <summary>Closes the ring. Call on its own thread, when no operation is under way.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (_enterFlags != 0)
        {
            ResourceUpdate self = new() { Offset = (uint)_enterDescriptor };
            _ = Register(RegisterOperation.UnregisterRingDescriptors, &self, 1);
        }

        _ = Libc.MemoryUnmap(_entries, _entriesBytes);
        _ = Libc.MemoryUnmap(_ring, _ringBytes);
        _ = Libc.Close(_descriptor);
    }

    private static Ring? Map(int descriptor, in RingParameters parameters, out int errno)
    {
        errno = Errno.NotSupported;
        if ((parameters.Features & RingFeatures.Required) == RingFeatures.Required)
        {
            nuint ringBytes = Math.Max(
                parameters.Submission.Array + parameters.SubmissionEntries * sizeof(uint),
                parameters.Completion.Entries + parameters.CompletionEntries * (uint)sizeof(CompletionEntry));
            byte* ring = (byte*)MapPart(descriptor, ringBytes, 0, out errno);
            if (ring != null)
            {
                void* entries = MapPart(descriptor, EntriesBytes(parameters), OffsetEntries, out errno);
                if (entries != null)
                    return new Ring(descriptor, parameters, ring, ringBytes, (SubmissionEntry*)entries);
                _ = Libc.MemoryUnmap(ring, ringBytes);
            }
        }

        _ = Libc.Close(descriptor);
        return null;
    }

    private static nuint EntriesBytes(in RingParameters parameters)
        => parameters.SubmissionEntries * (nuint)sizeof(SubmissionEntry);

    private static void* MapPart(int descriptor, nuint bytes, long offset, out int errno)
    {
        void* map = Libc.MemoryMap(null, bytes, ProtectReadWrite, MapSharedPopulate, descriptor, offset);
        errno = (nint)map == -1 ? Libc.LastError : 0;
        return errno == 0 ? map : null;
    }

    private static void Check(int errno)
    {
        if (errno is 0 or Errno.Interrupted or Errno.TimerExpired or Errno.Busy or Errno.Again) return;
        throw new IOException($"io_uring_enter: errno {errno} ({Errno.Describe(errno)})");
    }

    // EBUSY and EAGAIN do not last: they end when completions are taken or the kernel finds memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SubmitPending()
    {
        for (int attempt = 0; attempt < SubmitAttemptsMax; attempt++)
        {
            Check(Enter(0, EnterFlags.GetEvents, null, 0));
            Gather();
            if (Pending == 0 && (Volatile.Read(ref *_status) & UringBits.StatusOverflow) == 0) return;
        }

        throw new IOException("io_uring_enter: the kernel takes no more operations");
    }

    // The queue's head says how much was taken. It is right even if the call was interrupted half-way.
    private int Enter(uint wait, uint flags, void* argument, nuint argumentBytes)
    {
        Volatile.Write(ref *_submissionTail, _tail);
        Enters++;
        flags |= _enterFlags;
        int result = UringCalls.Enter(_enterDescriptor, Pending, wait, flags, argument, argumentBytes);
        return result < 0 ? -result : 0;
    }
}
