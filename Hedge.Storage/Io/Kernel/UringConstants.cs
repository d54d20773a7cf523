namespace Hedge.Storage.Io.Kernel;

/// <summary>IORING_OP_*.</summary>
internal static class UringOpcode
{
    public const byte FileSync = 3;
    public const byte ReadFixed = 4;
    public const byte Timeout = 11;
    public const byte Accept = 13;
    public const byte Cancel = 14;
    public const byte Close = 19;
    public const byte Read = 22;
    public const byte Write = 23;
    public const byte Send = 26;
    public const byte Receive = 27;
}

/// <summary>IOSQE_*: flags of a submission entry.</summary>
internal static class EntryFlags
{
    public const byte Link = 1 << 2;
    public const byte BufferSelect = 1 << 5;
    public const byte SkipSuccess = 1 << 6;
}

/// <summary>IORING_SETUP_*, with the first kernel version that has each.</summary>
internal static class SetupFlags
{
    public const uint CompletionSize = 1 << 3;
    public const uint Clamp = 1 << 4;
    public const uint SubmitAll = 1 << 7;           // 5.18
    public const uint CooperativeTaskRun = 1 << 8;  // 5.19
    public const uint TaskRunFlag = 1 << 9;         // 5.19
    public const uint SingleIssuer = 1 << 12;       // 6.0
    public const uint DeferTaskRun = 1 << 13;       // 6.1
    public const uint NoSubmissionArray = 1 << 16;  // 6.6
}

/// <summary>IORING_FEAT_*.</summary>
internal static class RingFeatures
{
    public const uint SingleMap = 1 << 0;
    public const uint NoDrop = 1 << 1;
    public const uint SubmitStable = 1 << 2;
    public const uint WaitArgument = 1 << 8;

    /// <summary>The features that Hedge needs; every kernel from 5.11 on has them.</summary>
    public const uint Required = SingleMap | NoDrop | SubmitStable | WaitArgument;
}

/// <summary>IORING_ENTER_*.</summary>
internal static class EnterFlags
{
    public const uint GetEvents = 1 << 0;
    public const uint ExtendedArgument = 1 << 3;
    public const uint RegisteredRing = 1 << 4;
}

/// <summary>IORING_REGISTER_*.</summary>
internal static class RegisterOperation
{
    public const uint Buffers = 15;
    public const uint BuffersUpdate = 16;
    public const uint RingDescriptors = 20;
    public const uint UnregisterRingDescriptors = 21;
    public const uint BufferRing = 22;
    public const uint UnregisterBufferRing = 23;
}

/// <summary>The single bits of other fields.</summary>
internal static class UringBits
{
    /// <summary>IORING_SQ_CQ_OVERFLOW: completions wait in the kernel for room.</summary>
    public const uint StatusOverflow = 1 << 1;

    /// <summary>IORING_SQ_TASKRUN: entering the kernel would produce completions.</summary>
    public const uint StatusTaskRun = 1 << 2;

    /// <summary>IORING_CQE_F_BUFFER: the upper 16 flag bits name the receive buffer.</summary>
    public const uint CompletionBuffer = 1 << 0;

    /// <summary>IORING_CQE_F_MORE: the operation stays armed.</summary>
    public const uint CompletionMore = 1 << 1;

    /// <summary>The shift of the buffer's number in a completion's flags.</summary>
    public const int CompletionBufferShift = 16;

    /// <summary>IORING_RECV_MULTISHOT, in the priority field (6.0).</summary>
    public const ushort ReceiveMultishot = 1 << 1;

    /// <summary>IORING_RSRC_REGISTER_SPARSE: a table of empty entries (5.19).</summary>
    public const uint RegisterSparse = 1 << 0;

    /// <summary>IORING_FSYNC_DATASYNC.</summary>
    public const uint DataSync = 1 << 0;
}
