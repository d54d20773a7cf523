using System.Runtime.InteropServices;
using System.Text;

namespace Hedge.Storage.Io.Kernel;

/// <summary>What statx(2) says of a file: its identity and its kind.</summary>
/// <param name="Device">The file system's number.</param>
/// <param name="Inode">The file's number in it.</param>
/// <param name="Mode">Kind and rights.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, ushort Mode)
{
    /// <summary>AT_SYMLINK_NOFOLLOW.</summary>
    public const int NoFollow = 0x100;

    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStatistics = 0x7FF;
    private const int KindMask = 0xF000;
    private const int Regular = 0x8000;
    private const int Socket = 0xC000;
    private const int StatisticsBytes = 256;

    /// <summary>True for an ordinary file.</summary>
    public bool IsRegular => (Mode & KindMask) == Regular;

    /// <summary>True for a Unix socket.</summary>
    public bool IsSocket => (Mode & KindMask) == Socket;

    /// <summary>Rights of the group and of all others.</summary>
    public bool IsOpenToOthers => (Mode & 0b111_111) != 0;

    /// <summary>The identity of an open file, or the negative errno.</summary>
    public static int TryRead(int descriptor, out FileIdentity identity) =>
        Ask(descriptor, "", EmptyPath, out identity);

    /// <summary>The identity of the file at a path, or the negative errno.</summary>
    /// <param name="path">The path.</param>
    /// <param name="flags">0, or <see cref="NoFollow"/> for a link itself.</param>
    /// <param name="identity">The identity.</param>
    public static int TryRead(string path, int flags, out FileIdentity identity) =>
        Ask(CurrentDirectory, path, flags, out identity);

    // SAFETY: the name and the statistics are on this stack or pinned for the length of the call.
    private static unsafe int Ask(int directory, string path, int flags, out FileIdentity identity)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        byte* statistics = stackalloc byte[StatisticsBytes];
        fixed (byte* start = name)
        {
            long number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 291 : 332;
            long result = Libc.SystemCall(
                number, directory, (long)start, flags, BasicStatistics, (long)statistics, 0);
            identity = default;
            if (result < 0) return -Libc.LastError;
        }

        // struct statx: mode at 28, inode at 32, device at 136 and 140.
        ulong device = ((ulong)*(uint*)(statistics + 136) << 32) | *(uint*)(statistics + 140);
        identity = new FileIdentity(device, *(ulong*)(statistics + 32), *(ushort*)(statistics + 28));
        return 0;
    }
}
