using System.Runtime.InteropServices;

namespace Hedge.Storage.Io.Kernel;

/// <summary>
/// The C library's system calls that Hedge makes, with blittable arguments only. A result of -1 means that
/// <see cref="LastError"/> holds errno; the generated stubs save it before anything else can run on the
/// thread.
/// </summary>
// SAFETY: every pointer argument is native memory or pinned by the caller for the length of the call.
internal static unsafe partial class Libc
{
    public const int ClockRealtime = 0;
    public const int ClockMonotonic = 1;
    public const int SeekEnd = 2;
    public const int LockExclusiveNonBlocking = 2 | 4;

    private const string Library = "libc";
    private const StringMarshalling Utf8 = StringMarshalling.Utf8;

    /// <summary>The errno of the call just made, positive.</summary>
    public static int LastError => Marshal.GetLastPInvokeError();

    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "clock_gettime")]
    public static partial int ClockGetTime(int clock, KernelTimespec* time);

    // syscall(2) is a C varargs function. On Linux x64 and arm64 such functions take integers like any
    // other function.
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial long SystemCall(long number, long a, long b, long c, long d, long e, long f);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    public static partial void* MemoryMap(
        void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    public static partial int MemoryUnmap(void* address, nuint length);

    [LibraryImport(Library, EntryPoint = "mremap", SetLastError = true)]
    public static partial void* MemoryRemap(void* address, nuint length, nuint newLength, int flags);

    [LibraryImport(Library, EntryPoint = "mallopt")]
    public static partial int AllocatorOption(int option, int value);

    [LibraryImport(Library, EntryPoint = "malloc_trim")]
    public static partial int AllocatorTrim(nuint pad);

    [LibraryImport(Library, EntryPoint = "signal", SetLastError = true)]
    public static partial nint Signal(int signal, nint handler);

    [LibraryImport(Library, EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, ulong* softAndHard);

    [LibraryImport(Library, EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetLimit(int resource, ulong* softAndHard);

    [LibraryImport(Library, EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, uint who, int nice);

    /// <summary>PR_SET_THP_DISABLE.</summary>
    public const int DisableHugePages = 41;

    // A C varargs function, as syscall(2).
    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    public static partial int ControlProcess(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int OpenAt(int directory, string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "faccessat", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int AccessAt(int directory, string path, int mode, int flags);

    [LibraryImport(Library, EntryPoint = "renameat", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int RenameAt(int fromDirectory, string from, int toDirectory, string to);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int LinkAt(int fromDirectory, string from, int toDirectory, string to, int flags);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int UnlinkAt(int directory, string path, int flags);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial nint PositionalRead(int fd, byte* buffer, nuint length, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PositionalWrite(int fd, byte* buffer, nuint length, long offset);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(int fd);

    [LibraryImport(Library, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int DataSync(int fd);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int fd, int mode, long offset, long length);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int fd, long length);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int fd, long offset, int origin);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(int fd, int operation);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport(Library, EntryPoint = "link", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int Link(string existing, string path);

    [LibraryImport(Library, EntryPoint = "rmdir", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int RemoveDirectory(string path);

    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport(Library, EntryPoint = "mkdir", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int MakeDirectory(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "chmod", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int ChangeMode(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "access", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int Access(string path, int mode);

    [LibraryImport(Library, EntryPoint = "statfs", SetLastError = true, StringMarshalling = Utf8)]
    public static partial int FileSystemStatistics(string path, long* statistics);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int family, int type, int protocol, int* descriptors);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int fd, SocketAddress* address, uint length);

    [LibraryImport(Library, EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int fd, int backlog);

    [LibraryImport(Library, EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int fd, int how);

    /// <summary>MADV_DONTNEED.</summary>
    public const int AdviceDontNeed = 4;

    /// <summary>MADV_HUGEPAGE.</summary>
    public const int AdviceHugePage = 14;

    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    public static partial int AdviseMemory(void* start, nuint bytes, int advice);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(int fd, int level, int option, int* value, uint length);

    [LibraryImport(Library, EntryPoint = "getsockname", SetLastError = true)]
    public static partial int SocketName(int fd, SocketAddress* address, uint* length);

    [LibraryImport(Library, EntryPoint = "getpeername", SetLastError = true)]
    public static partial int PeerName(int fd, SocketAddress* address, uint* length);
}
