using System.Runtime.InteropServices;

namespace Hedge.Storage.Io.Kernel;

/// <summary>open(2)'s flags. Two of them differ between x64 and arm64.</summary>
internal static class OpenFlags
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int CloseOnExec = 0x80000;

    /// <summary>O_NONBLOCK: opening a pipe does not wait for its other end.</summary>
    public const int NonBlocking = 0x800;

    /// <summary>O_NOATIME: reads do not update the access time. Only the file's owner may use it.</summary>
    public const int NoAccessTime = 0x40000;

    /// <summary>O_DIRECT: transfers bypass the page cache.</summary>
    public static readonly int Direct = IsArm64 ? 0x10000 : 0x4000;

    /// <summary>O_DIRECTORY: fail unless the path is a directory.</summary>
    public static readonly int Directory = IsArm64 ? 0x4000 : 0x10000;

    /// <summary>O_NOFOLLOW: fail when the last name is a link.</summary>
    public static readonly int NoFollow = IsArm64 ? 0x8000 : 0x20000;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
}
