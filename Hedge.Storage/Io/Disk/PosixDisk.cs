using System.Globalization;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Disk;

/// <summary>
/// The real disk, through positional system calls that every Linux has. Any thread; holds no state.
/// </summary>
// SAFETY: spans are pinned for the length of each call, and lengths are the spans' own.
public sealed unsafe class PosixDisk : IDisk
{
    /// <summary>The file that carries a directory's lock. <see cref="List"/> does not show it.</summary>
    public const string LockFileName = "LOCK";

    // For the server's own user alone.
    internal const uint FileMode = 0b110_000_000;
    private const uint DirectoryMode = 0b111_000_000;
    private const string BootIdPath = "/proc/sys/kernel/random/boot_id";
    private const int ZeroBlockBytes = 64 * 1024;

    /// <inheritdoc/>
    public DiskFile Open(string path, DiskOpenMode mode)
    {
        int flags = OpenFlags.CloseOnExec | mode switch
        {
            DiskOpenMode.ReadDirect =>
                OpenFlags.ReadOnly | OpenFlags.Direct | OpenFlags.NoAccessTime,
            DiskOpenMode.Read => OpenFlags.ReadOnly,
            DiskOpenMode.Create => OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive,
            DiskOpenMode.CreateDirect =>
                OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.Direct,
            DiskOpenMode.ReadWrite => OpenFlags.ReadWrite,
            DiskOpenMode.ReadWriteDirect => OpenFlags.ReadWrite | OpenFlags.Direct,
            _ => throw new ArgumentOutOfRangeException(nameof(mode)),
        };

        int descriptor = OpenRetrying(path, flags);
        bool isDirect =
            mode is DiskOpenMode.ReadDirect or DiskOpenMode.CreateDirect or DiskOpenMode.ReadWriteDirect;
        if (descriptor < 0 && isDirect && Libc.LastError == Errno.Invalid)
        {
            // Some overlay and network file systems have no direct I/O. Then the file is opened through the
            // page cache. Linux may have created it by the first attempt.
            isDirect = false;
            flags &= ~OpenFlags.Direct;
            if (mode == DiskOpenMode.CreateDirect) flags &= ~OpenFlags.Exclusive;
            descriptor = OpenRetrying(path, flags);
        }

        if (descriptor < 0) throw new DiskException("open", path, Libc.LastError);
        return new PosixFile(path, descriptor, isDirect);
    }

    /// <inheritdoc/>
    public long Length(DiskFile file)
    {
        long length = Libc.Seek(Descriptor(file), 0, Libc.SeekEnd);
        return length >= 0 ? length : throw new DiskException("length", file.Path, Libc.LastError);
    }

    /// <inheritdoc/>
    public int Read(DiskFile file, long offset, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            int result = Transfers.Read((PosixFile)file, offset, start, buffer.Length);
            return result >= 0 ? result : throw new DiskException("read", file.Path, -result);
        }
    }

    /// <inheritdoc/>
    public void Write(DiskFile file, long offset, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            int result = Transfers.Write((PosixFile)file, offset, start, data.Length);
            if (result < 0) throw new DiskException("write", file.Path, -result);
            if (result < data.Length) throw new DiskException("write", file.Path, Errno.NoSpace);
        }
    }

    /// <inheritdoc/>
    public void Sync(DiskFile file)
    {
        int result = Transfers.Sync((PosixFile)file);
        if (result < 0) throw new DiskException("fdatasync", file.Path, -result);
    }

    /// <inheritdoc/>
    public void Allocate(DiskFile file, long length)
    {
        int descriptor = Descriptor(file);
        int result;
        do result = Libc.Allocate(descriptor, 0, 0, length);
        while (result < 0 && Libc.LastError == Errno.Interrupted);
        if (result == 0) return;
        int errno = Libc.LastError;
        if (errno != Errno.NotSupported) throw new DiskException("fallocate", file.Path, errno);

        // This file system has no fallocate. Writing zeros after the end reserves the same space.
        Span<byte> zeros = new byte[ZeroBlockBytes];
        for (long at = Length(file); at < length; at += zeros.Length)
            Write(file, at, zeros[..(int)Math.Min(zeros.Length, length - at)]);
    }

    /// <inheritdoc/>
    public void Truncate(DiskFile file, long length)
    {
        int result;
        do result = Libc.Truncate(Descriptor(file), length);
        while (result < 0 && Libc.LastError == Errno.Interrupted);
        if (result < 0) throw new DiskException("truncate", file.Path, Libc.LastError);
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        if (Libc.Rename(from, to) < 0) throw new DiskException("rename", from, Libc.LastError);
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (Libc.Unlink(path) < 0) throw new DiskException("unlink", path, Libc.LastError);
    }

    /// <inheritdoc/>
    public bool TryLink(string existing, string path)
    {
        if (Libc.Link(existing, path) == 0) return true;
        int errno = Libc.LastError;
        if (errno is Errno.CrossDevice or Errno.TooManyLinks or Errno.NotPermitted or Errno.NotSupported
            or Errno.NoSystemCall) return false;
        throw new DiskException("link", path, errno);
    }

    /// <inheritdoc/>
    public void DeleteDirectory(string path)
    {
        if (Libc.RemoveDirectory(path) < 0) throw new DiskException("rmdir", path, Libc.LastError);
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        int descriptor = OpenRetrying(path, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.CloseOnExec);
        if (descriptor < 0) throw new DiskException("open", path, Libc.LastError);
        int result;
        do result = Libc.Sync(descriptor);
        while (result < 0 && Libc.LastError == Errno.Interrupted);
        int errno = Libc.LastError;
        _ = Libc.Close(descriptor);
        // Some file systems have nothing to sync for a directory and answer EINVAL.
        if (result < 0 && errno != Errno.Invalid) throw new DiskException("fsync", path, errno);
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        if (path.Length == 0 || Exists(path)) return;
        string? parent = Path.GetDirectoryName(path.TrimEnd('/'));
        if (!string.IsNullOrEmpty(parent)) CreateDirectory(parent);
        if (Libc.MakeDirectory(path, DirectoryMode) < 0 && Libc.LastError != Errno.Exists)
            throw new DiskException("mkdir", path, Libc.LastError);
    }

    /// <inheritdoc/>
    public bool Exists(string path)
    {
        if (Libc.Access(path, 0) == 0) return true;
        int errno = Libc.LastError;
        if (errno is Errno.NoEntry or Errno.NotDirectory) return false;
        throw new DiskException("access", path, errno);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string path)
    {
        List<string> names = [];
        try
        {
            EnumerationOptions all = new() { AttributesToSkip = 0, IgnoreInaccessible = false };
            foreach (string entry in Directory.EnumerateFileSystemEntries(path, "*", all))
            {
                string name = Path.GetFileName(entry);
                if (name != LockFileName) names.Add(name);
            }
        }
        catch (DirectoryNotFoundException)
        {
            throw new DiskException("list", path, Errno.NoEntry);
        }
        catch (UnauthorizedAccessException)
        {
            throw new DiskException("list", path, Errno.AccessDenied);
        }
        catch (IOException failure)
        {
            // On Unix the base library puts errno into HResult.
            int errno = failure.HResult is > 0 and < 4096 ? failure.HResult : Errno.IoError;
            throw new DiskException("list", path, errno);
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public IDiskFolder OpenFolder(string root, string folder) => new PosixFolder(root, folder);

    /// <inheritdoc/>
    public IDirectoryLock? TryLock(string path) => PosixDirectoryLock.TryTake(path, isToRead: false);

    /// <inheritdoc/>
    public IDirectoryLock? TryLockToRead(string path) => PosixDirectoryLock.TryTake(path, isToRead: true);

    /// <inheritdoc/>
    public long TotalBytes(string path) => Blocks(path, 2);

    /// <inheritdoc/>
    public long FreeBytes(string path) => Blocks(path, 4);

    // struct statfs, 15 longs on 64-bit systems: [1] block size, [2] blocks, [4] blocks free for users
    // without privileges.
    private static long Blocks(string path, int number)
    {
        long* statistics = stackalloc long[32];
        if (Libc.FileSystemStatistics(path, statistics) < 0)
            throw new DiskException("statfs", path, Libc.LastError);
        return statistics[1] * statistics[number];
    }

    /// <inheritdoc/>
    public SharedMapping? MapShared(DiskFile file, long length) =>
        PosixMapping.TryMap(Descriptor(file), length);

    /// <inheritdoc/>
    public UInt128 BootId { get; } = ReadBootId();

    private static UInt128 ReadBootId()
    {
        try
        {
            string text = File.ReadAllText(BootIdPath).Trim().Replace("-", "", StringComparison.Ordinal);
            return UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out UInt128 id) ? id : 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static int Descriptor(DiskFile file) => ((PosixFile)file).Descriptor;

    private static int OpenRetrying(string path, int flags)
    {
        int descriptor;
        do descriptor = Libc.Open(path, flags, FileMode);
        while (descriptor < 0 && Libc.LastError == Errno.Interrupted);
        bool mayNot = descriptor < 0 && Libc.LastError == Errno.NotPermitted;
        // The file belongs to another user. Then the kernel notes the time of each read.
        return mayNot && (flags & OpenFlags.NoAccessTime) != 0
            ? OpenRetrying(path, flags & ~OpenFlags.NoAccessTime) : descriptor;
    }
}
