using System.Net;

namespace Hedge.Storage.Io;

/// <summary>An address that could not be listened on.</summary>
public sealed class ListenException : IOException
{
    /// <summary>
    /// Creates the exception for a failed <paramref name="operation"/> (socket, bind, chmod, listen).
    /// </summary>
    public ListenException(string operation, EndPoint endpoint, int errno)
        : base($"{operation} {endpoint}: {Errno.Describe(errno)}")
    {
        EndPoint = endpoint;
        ErrorNumber = errno;
    }

    /// <summary>The address that was asked for.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>The kernel's error number, positive (98 is EADDRINUSE).</summary>
    public int ErrorNumber { get; }
}
