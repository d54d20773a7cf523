using System.Text;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Disk;

/// <summary>A directory held by its descriptor, so that a rename or a link made meanwhile does not lead
/// elsewhere.</summary>
/// <remarks>
/// The kernel resolves the path below the root (openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS).
/// Where it cannot, each name is opened with O_NOFOLLOW in the directory before it.
/// </remarks>
internal sealed class PosixFolder : IDiskFolder
{
    private const int OpenAt2Number = 437;
    private const int Beneath = 0x08;
    private const int NoLinks = 0x04;
    private readonly string _path;
    private int _descriptor;

    /// <summary>Opens a folder below a root.</summary>
    /// <exception cref="DiskException">The directory does not exist, or a link stands in the
    /// way.</exception>
    public PosixFolder(string root, string folder)
    {
        _path = folder.Length == 0 ? root : $"{root}/{folder}";
        const int flags = OpenFlags.ReadOnly | OpenFlags.CloseOnExec;
        int at = Retrying(() => Libc.Open(root, flags | OpenFlags.Directory, 0));
        if (at < 0) throw new DiskException("open", root, Libc.LastError);
        _descriptor = at;
        if (folder.Length == 0) return;
        try
        {
            _descriptor = Below(at, folder, flags | OpenFlags.Directory);
        }
        finally
        {
            _ = Libc.Close(at);
        }
    }

    /// <inheritdoc/>
    public DiskFile Open(string name, DiskOpenMode mode)
    {
        string path = $"{_path}/{name}";
        int flags = OpenFlags.CloseOnExec | OpenFlags.NoFollow | OpenFlags.NonBlocking | mode switch
        {
            DiskOpenMode.Read => OpenFlags.ReadOnly,
            DiskOpenMode.Create => OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive,
            _ => throw new ArgumentOutOfRangeException(nameof(mode)),
        };
        int descriptor = Retrying(() => Libc.OpenAt(_descriptor, name, flags, PosixDisk.FileMode));
        if (descriptor < 0) throw new DiskException("open", path, Libc.LastError);
        int errno = -FileIdentity.TryRead(descriptor, out FileIdentity identity);
        if (errno == 0 && identity.IsRegular) return new PosixFile(path, descriptor, isDirect: false);
        _ = Libc.Close(descriptor);
        throw new DiskException("open", path, errno == 0 ? Errno.Invalid : errno);
    }

    /// <inheritdoc/>
    public bool Exists(string name)
    {
        if (Libc.AccessAt(_descriptor, name, 0, FileIdentity.NoFollow) == 0) return true;
        int errno = Libc.LastError;
        return errno == Errno.NoEntry ? false : throw new DiskException("access", $"{_path}/{name}", errno);
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        // link(2) fails when the name is taken; rename(2) does not.
        if (Libc.LinkAt(_descriptor, from, _descriptor, to, 0) == 0)
        {
            Delete(from);
            return;
        }

        int errno = Libc.LastError;
        bool hasLinks = errno is not (Errno.NotPermitted or Errno.NotSupported);
        if (hasLinks) throw new DiskException("link", $"{_path}/{to}", errno);
        if (Exists(to)) throw new DiskException("rename", $"{_path}/{to}", Errno.Exists);
        if (Libc.RenameAt(_descriptor, from, _descriptor, to) < 0)
            throw new DiskException("rename", $"{_path}/{to}", Libc.LastError);
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        if (Libc.UnlinkAt(_descriptor, name, 0) < 0)
            throw new DiskException("unlink", $"{_path}/{name}", Libc.LastError);
    }

    /// <inheritdoc/>
    public void Sync()
    {
        int result = Retrying(() => Libc.Sync(_descriptor));
        if (result < 0 && Libc.LastError != Errno.Invalid)
            throw new DiskException("fsync", _path, Libc.LastError);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_descriptor < 0) return;
        _ = Libc.Close(_descriptor);
        _descriptor = -1;
    }

    private int Below(int root, string folder, int flags)
    {
        int descriptor = OpenBeneath(root, folder, flags);
        if (descriptor >= 0) return descriptor;
        if (descriptor is not (-Errno.NoSystemCall or -Errno.NotPermitted))
            throw new DiskException("open", _path, -descriptor);
        int at = root;
        foreach (string name in folder.Split('/'))
        {
            int from = at;
            at = Retrying(() => Libc.OpenAt(from, name, flags | OpenFlags.NoFollow, 0));
            int errno = Libc.LastError;
            if (from != root) _ = Libc.Close(from);
            if (at < 0) throw new DiskException("open", _path, errno);
        }

        return at;
    }

    // SAFETY: struct open_how and the name live as long as the call.
    private static unsafe int OpenBeneath(int root, string folder, int flags)
    {
        byte[] name = Encoding.UTF8.GetBytes(folder + '\0');
        ulong* how = stackalloc ulong[3];
        (how[0], how[1], how[2]) = ((ulong)flags, 0, Beneath | NoLinks);
        fixed (byte* start = name)
        {
            long result;
            do result = Libc.SystemCall(OpenAt2Number, root, (long)start, (long)how, 3 * sizeof(ulong), 0, 0);
            while (result < 0 && Libc.LastError is (Errno.Interrupted or Errno.Again));
            return result < 0 ? -Libc.LastError : (int)result;
        }
    }

    private static int Retrying(Func<int> call)
    {
        int result;
        do result = call();
        while (result < 0 && Libc.LastError == Errno.Interrupted);
        return result;
    }
}
