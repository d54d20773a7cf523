using System.Net;
using System.Net.Sockets;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Portable;

/// <summary>A listening socket of the base library.</summary>
internal sealed class PortableListeningSocket : ListeningSocket
{
    private readonly Socket _socket;

    private PortableListeningSocket(ListenAddress asked, Socket socket)
        : base(asked, asked.EndPoint is IPEndPoint ? socket.LocalEndPoint! : asked.EndPoint) =>
        _socket = socket;

    /// <summary>Binds and listens.</summary>
    /// <exception cref="ListenException">The address is in use, not of this machine, or not
    /// allowed.</exception>
    public static PortableListeningSocket Open(ListenAddress address)
    {
        EndPoint endpoint = address.EndPoint;
        string operation = "socket";
        Socket? socket = null;
        try
        {
            bool isPath = endpoint.AddressFamily == AddressFamily.Unix;
            socket = new Socket(endpoint.AddressFamily, SocketType.Stream,
                isPath ? ProtocolType.Unspecified : ProtocolType.Tcp);
            // 0.0.0.0 and :: are two listeners, as in Redis. On Unix the runtime sets SO_REUSEADDR itself.
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            if (address.Mark != 0) SetMark(socket, address.Mark);
            operation = "bind";
            if (isPath) UnixSocketFile.RemoveOld(endpoint);
            socket.Bind(endpoint);
            if (isPath) UnixSocketFile.SetRights(endpoint, address.Rights);
            operation = "listen";
            socket.Listen(address.Backlog);
            return new PortableListeningSocket(address, socket);
        }
        catch (SocketException failure)
        {
            socket?.Dispose();
            throw new ListenException(operation, endpoint, SocketErrno.Of(failure));
        }
        catch (ListenException)
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>The next client.</summary>
    /// <exception cref="SocketException">See accept(2).</exception>
    /// <exception cref="ObjectDisposedException">The socket is stopped.</exception>
    public Task<Socket> AcceptAsync() => _socket.AcceptAsync();

    /// <inheritdoc/>
    protected override void Close()
    {
        if (Bound is not IPEndPoint) UnixSocketFile.Remove(Bound);
        _socket.Dispose();
    }

    // As in Redis, a mark that the process may not set is none.
    private static void SetMark(Socket socket, uint mark)
    {
        try
        {
            socket.SetRawSocketOption(
                SocketConstants.LevelSocket, SocketConstants.Mark, BitConverter.GetBytes(mark));
        }
        catch (SocketException)
        {
        }
    }
}
