using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Disk;

/// <summary>Two locks: of the directory itself, which nobody can delete while it is in use, and of the file
/// <c>LOCK</c> in it, for file systems that cannot lock directories and for programs that look for the
/// file.</summary>
internal sealed class PosixDirectoryLock : IDirectoryLock
{
    private readonly string _path;
    private readonly int _directory;
    private readonly int _file;
    private readonly FileIdentity _identity;
    private bool _disposed;

    private PosixDirectoryLock(string path, int directory, int file, FileIdentity identity)
    {
        _path = path;
        _directory = directory;
        _file = file;
        _identity = identity;
    }

    /// <summary>Takes both locks. Null when another process has one of them.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="isToRead">True to make no file: without the file, the directory is locked alone.</param>
    /// <exception cref="DiskException">The disk failed.</exception>
    public static PosixDirectoryLock? TryTake(string path, bool isToRead)
    {
        const int flags = OpenFlags.ReadOnly | OpenFlags.CloseOnExec;
        int directory = Libc.Open(path, flags | OpenFlags.Directory, 0);
        if (directory < 0) throw new DiskException("open", path, Libc.LastError);
        int file = -1;
        bool isTaken = false;
        try
        {
            int errno = -FileIdentity.TryRead(directory, out FileIdentity identity);
            if (errno != 0) throw new DiskException("statx", path, errno);
            if (!TryLock(directory, path, mayLack: true)) return null;
            string name = Path.Combine(path, PosixDisk.LockFileName);
            file = OpenLockFile(name, isToRead);
            // When a full disk has no room for the file, the start goes on: the directory is locked.
            if (file >= 0 && !TryLock(file, name, mayLack: isToRead)) return null;
            isTaken = true;
            return new PosixDirectoryLock(path, directory, file, identity);
        }
        finally
        {
            if (!isTaken)
            {
                _ = Libc.Close(directory);
                if (file >= 0) _ = Libc.Close(file);
            }
        }
    }

    /// <inheritdoc/>
    public bool IsOpenToOthers => _identity.IsOpenToOthers;

    /// <inheritdoc/>
    public void Check()
    {
        int errno = -FileIdentity.TryRead(_path, 0, out FileIdentity found);
        if (errno != 0) throw new DiskException("look up data directory", _path, errno);
        // Another directory stands at the path. The opened one is no longer there.
        if (found.Inode != _identity.Inode || found.Device != _identity.Device)
            throw new DiskException("another directory stands in place of", _path, Errno.Stale);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_file >= 0) _ = Libc.Close(_file);
        _ = Libc.Close(_directory);
    }

    private static int OpenLockFile(string name, bool isToRead)
    {
        int flags = isToRead ? OpenFlags.ReadOnly : OpenFlags.ReadWrite | OpenFlags.Create;
        int file = Libc.Open(name, flags | OpenFlags.CloseOnExec | OpenFlags.NoFollow, PosixDisk.FileMode);
        return file >= 0 || Libc.LastError == (isToRead ? Errno.NoEntry : Errno.NoSpace)
            ? file : throw new DiskException("open", name, Libc.LastError);
    }

    // flock(2) belongs to this open description: any other open is refused, and the lock dies with the
    // process.
    private static bool TryLock(int descriptor, string path, bool mayLack)
    {
        if (Libc.Lock(descriptor, Libc.LockExclusiveNonBlocking) == 0) return true;
        int errno = Libc.LastError;
        if (errno == Errno.Again) return false;
        // NFS locks only files that are open for writing, and a directory never is.
        bool lacks = errno is Errno.BadDescriptor or Errno.NotSupported or Errno.Invalid;
        return mayLack && lacks ? true : throw new DiskException("flock", path, errno);
    }
}
