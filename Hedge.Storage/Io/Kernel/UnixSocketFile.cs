using System.Net;

namespace Hedge.Storage.Io.Kernel;

/// <summary>The file of a Unix socket, whose path is the end point's text.</summary>
internal static class UnixSocketFile
{
    /// <summary>Removes a socket's file that a server has left at this path.</summary>
    /// <exception cref="ListenException">Something else is there. It is not touched.</exception>
    public static void RemoveOld(EndPoint endpoint)
    {
        string path = endpoint.ToString()!;
        if (FileIdentity.TryRead(path, FileIdentity.NoFollow, out FileIdentity identity) != 0) return;
        if (!identity.IsSocket) throw new ListenException("bind", endpoint, Errno.Exists);
        _ = Libc.Unlink(path);
    }

    /// <summary>Sets who may connect.</summary>
    /// <exception cref="ListenException">The file system does not take the rights.</exception>
    public static void SetRights(EndPoint endpoint, UnixFileMode? rights)
    {
        if (rights == null) return;
        if (Libc.ChangeMode(endpoint.ToString()!, (uint)rights.Value) != 0)
            throw new ListenException("chmod", endpoint, Libc.LastError);
    }

    /// <summary>Removes the file, since nobody listens any more.</summary>
    public static void Remove(EndPoint endpoint) => _ = Libc.Unlink(endpoint.ToString()!);
}
