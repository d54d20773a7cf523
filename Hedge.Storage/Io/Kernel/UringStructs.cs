using System.Runtime.InteropServices;

namespace Hedge.Storage.Io.Kernel;

// The structs of <linux/io_uring.h>, the same on every 64-bit architecture. KernelLayout asserts sizes and
// offsets.

/// <summary>struct io_uring_sqe, 64 bytes: one operation for the kernel.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct SubmissionEntry
{
    [FieldOffset(0)] public byte Opcode;
    [FieldOffset(1)] public byte Flags;
    [FieldOffset(2)] public ushort Priority;
    [FieldOffset(4)] public int Descriptor;
    [FieldOffset(8)] public ulong Offset;
    [FieldOffset(16)] public ulong Address;
    [FieldOffset(24)] public uint Length;
    [FieldOffset(28)] public uint OperationFlags;
    [FieldOffset(32)] public ulong UserData;
    [FieldOffset(40)] public ushort BufferGroup;
    [FieldOffset(40)] public ushort BufferIndex;
    [FieldOffset(44)] public int FileIndex;
}

/// <summary>struct io_uring_cqe, 16 bytes: one operation's result.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CompletionEntry
{
    public ulong UserData;
    public int Result;
    public uint Flags;
}

/// <summary>struct io_sqring_offsets, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SubmissionOffsets
{
    public uint Head;
    public uint Tail;
    public uint RingMask;
    public uint RingEntries;
    public uint Flags;
    public uint Dropped;
    public uint Array;
    public uint Reserved;
    public ulong UserAddress;
}

/// <summary>struct io_cqring_offsets, 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CompletionOffsets
{
    public uint Head;
    public uint Tail;
    public uint RingMask;
    public uint RingEntries;
    public uint Overflow;
    public uint Entries;
    public uint Flags;
    public uint Reserved;
    public ulong UserAddress;
}

/// <summary>struct io_uring_params, 120 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingParameters
{
    public uint SubmissionEntries;
    public uint CompletionEntries;
    public uint Flags;
    public uint SubmissionThreadCpu;
    public uint SubmissionThreadIdle;
    public uint Features;
    public uint WorkerDescriptor;
    public uint Reserved0;
    public uint Reserved1;
    public uint Reserved2;
    public SubmissionOffsets Submission;
    public CompletionOffsets Completion;
}

/// <summary>struct io_uring_buf_reg, 40 bytes: registers a ring of receive buffers.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BufferRingRegistration
{
    public ulong RingAddress;
    public uint RingEntries;
    public ushort BufferGroup;
    public ushort Flags;
    public ulong Reserved0;
    public ulong Reserved1;
    public ulong Reserved2;
}

/// <summary>
/// struct io_uring_buf, 16 bytes. The ring's tail shares the first entry's last two bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BufferRingEntry
{
    public ulong Address;
    public uint Length;
    public ushort BufferId;
    public ushort TailOfFirst;
}

/// <summary>struct io_uring_getevents_arg, 24 bytes: a wait with a time-out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WaitArgument
{
    public ulong SignalMask;
    public uint SignalMaskBytes;
    public uint MinimumWaitMicroseconds;
    public ulong Timespec;
}

/// <summary>struct io_uring_rsrc_update, 16 bytes: registers the ring's own descriptor.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceUpdate
{
    public uint Offset;
    public uint Reserved;
    public ulong Data;
}

/// <summary>struct io_uring_rsrc_register, 32 bytes: makes a table of registered things.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceRegistration
{
    public uint Count;
    public uint Flags;
    public ulong Reserved;
    public ulong Data;
    public ulong Tags;
}

/// <summary>struct io_uring_rsrc_update2, 32 bytes: changes entries of such a table.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceUpdates
{
    public uint Offset;
    public uint Reserved0;
    public ulong Data;
    public ulong Tags;
    public uint Count;
    public uint Reserved1;
}

/// <summary>struct iovec, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MemoryPart
{
    public ulong Start;
    public nuint Length;
}
