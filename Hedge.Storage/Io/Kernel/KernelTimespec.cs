using System.Runtime.InteropServices;

namespace Hedge.Storage.Io.Kernel;

/// <summary>struct __kernel_timespec, 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct KernelTimespec
{
    public long Seconds;
    public long Nanoseconds;
}
