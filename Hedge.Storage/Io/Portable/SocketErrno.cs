using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace Hedge.Storage.Io.Portable;

/// <summary>The kernel's error numbers behind the base library's exceptions.</summary>
internal static class SocketErrno
{
    /// <summary>True for exceptions that a socket, or a pipe over one, throws when the connection has
    /// failed.</summary>
    public static bool IsFailure(Exception failure) => failure is IOException or SocketException
        or ObjectDisposedException or ConnectionAbortedException;

    /// <summary>The errno of a failed socket or pipe operation.</summary>
    public static int Of(Exception failure) => failure switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionReset } => Errno.ConnectionReset,
        SocketException { SocketErrorCode: SocketError.OperationAborted } => Errno.Canceled,
        SocketException { NativeErrorCode: > 0 and < 4096 } native => native.NativeErrorCode,
        ConnectionResetException => Errno.ConnectionReset,
        ObjectDisposedException or ConnectionAbortedException => Errno.Canceled,
        _ => Errno.IoError,
    };
}
