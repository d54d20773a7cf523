using System.Runtime.CompilerServices;

namespace Hedge.Storage.Io.Kernel;

/// <summary>
/// Checks the sizes and offsets of every struct shared with the kernel, once at start.
/// </summary>
// SAFETY: takes sizes and field addresses of locals only.
internal static unsafe class KernelLayout
{
    /// <summary>Stops the process when a struct's layout differs from the kernel's.</summary>
    public static void Check()
    {
        Invariant.Check(
            BitConverter.IsLittleEndian && sizeof(nint) == 8, "the system is 64-bit little-endian");
        Invariant.Check(sizeof(SubmissionEntry) == 64, "io_uring_sqe has 64 bytes");
        Invariant.Check(sizeof(CompletionEntry) == 16, "io_uring_cqe has 16 bytes");
        Invariant.Check(sizeof(SubmissionOffsets) == 40, "io_sqring_offsets has 40 bytes");
        Invariant.Check(sizeof(CompletionOffsets) == 40, "io_cqring_offsets has 40 bytes");
        Invariant.Check(sizeof(RingParameters) == 120, "io_uring_params has 120 bytes");
        Invariant.Check(sizeof(BufferRingRegistration) == 40, "io_uring_buf_reg has 40 bytes");
        Invariant.Check(sizeof(BufferRingEntry) == 16, "io_uring_buf has 16 bytes");
        Invariant.Check(sizeof(WaitArgument) == 24, "io_uring_getevents_arg has 24 bytes");
        Invariant.Check(sizeof(ResourceUpdate) == 16, "io_uring_rsrc_update has 16 bytes");
        Invariant.Check(sizeof(ResourceRegistration) == 32, "io_uring_rsrc_register has 32 bytes");
        Invariant.Check(sizeof(ResourceUpdates) == 32, "io_uring_rsrc_update2 has 32 bytes");
        Invariant.Check(sizeof(MemoryPart) == 16, "iovec has 16 bytes");
        Invariant.Check(sizeof(KernelTimespec) == 16, "__kernel_timespec has 16 bytes");
        Invariant.Check(sizeof(SocketAddress) == 28, "sockaddr_in6 has 28 bytes");

        SubmissionEntry entry = default;
        Invariant.Check(Offset(ref entry, ref entry.Address) == 16, "io_uring_sqe.addr is at 16");
        Invariant.Check(Offset(ref entry, ref entry.OperationFlags) == 28, "io_uring_sqe.msg_flags is at 28");
        Invariant.Check(Offset(ref entry, ref entry.UserData) == 32, "io_uring_sqe.user_data is at 32");
        Invariant.Check(Offset(ref entry, ref entry.BufferGroup) == 40, "io_uring_sqe.buf_group is at 40");
        RingParameters parameters = default;
        Invariant.Check(Offset(ref parameters, ref parameters.Features) == 20, "params.features is at 20");
        Invariant.Check(Offset(ref parameters, ref parameters.Submission) == 40, "params.sq_off is at 40");
        Invariant.Check(Offset(ref parameters, ref parameters.Completion) == 80, "params.cq_off is at 80");
        SubmissionOffsets submission = default;
        Invariant.Check(Offset(ref submission, ref submission.Array) == 24, "sqring_offsets.array is at 24");
        CompletionOffsets completion = default;
        Invariant.Check(Offset(ref completion, ref completion.Entries) == 20, "cqring_offsets.cqes is at 20");
        BufferRingRegistration ring = default;
        Invariant.Check(Offset(ref ring, ref ring.BufferGroup) == 12, "io_uring_buf_reg.bgid is at 12");
        BufferRingEntry buffer = default;
        Invariant.Check(Offset(ref buffer, ref buffer.TailOfFirst) == 14, "io_uring_buf_ring.tail is at 14");
        WaitArgument wait = default;
        Invariant.Check(Offset(ref wait, ref wait.Timespec) == 16, "io_uring_getevents_arg.ts is at 16");
    }

    private static nint Offset<TStruct, TField>(ref TStruct start, ref TField field)
        where TStruct : unmanaged
        where TField : unmanaged
        => Unsafe.ByteOffset(ref Unsafe.As<TStruct, byte>(ref start), ref Unsafe.As<TField, byte>(ref field));
}
