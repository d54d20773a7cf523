namespace Hedge.Storage.Io.Kernel;

/// <summary>The three io_uring system calls. Results are the kernel's, or a negative errno.</summary>
// SAFETY: pointers are the caller's and valid for the length of the call.
internal static unsafe class UringCalls
{
    // The numbers are the same on x64 and arm64, since both use the generic numbers for calls as new as
    // these.
    private const long SetupNumber = 425;
    private const long EnterNumber = 426;
    private const long RegisterNumber = 427;

    public static int Setup(uint entries, RingParameters* parameters)
        => Answer(Libc.SystemCall(SetupNumber, entries, (long)parameters, 0, 0, 0, 0));

    public static int Enter(int ring, uint submit, uint wait, uint flags, void* argument, nuint argumentBytes)
        => Answer(
            Libc.SystemCall(EnterNumber, ring, submit, wait, flags, (long)argument, (long)argumentBytes));

    public static int Register(int ring, uint operation, void* argument, uint count)
        => Answer(Libc.SystemCall(RegisterNumber, ring, operation, (long)argument, count, 0, 0));

    private static int Answer(long result) => result < 0 ? -Libc.LastError : (int)result;
}
