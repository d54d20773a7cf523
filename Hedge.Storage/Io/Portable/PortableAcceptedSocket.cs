using System.Net;
using System.Net.Sockets;

namespace Hedge.Storage.Io.Portable;

/// <summary>A socket between accept and adoption, owned by this object until <see cref="Release"/>.</summary>
internal sealed class PortableAcceptedSocket : AcceptedSocket
{
    private static readonly IPEndPoint Unknown = new(IPAddress.None, 0);

    private Socket? _socket;

    public PortableAcceptedSocket(Socket socket, ListeningSocket listener)
    {
        _socket = socket;
        IsEncrypted = listener.Asked.IsEncrypted;
        bool isInternet = listener.Bound is IPEndPoint;
        Local = isInternet ? Address(socket, isRemote: false) : listener.Bound;
        Remote = isInternet ? Address(socket, isRemote: true) : listener.Bound;
    }

    /// <inheritdoc/>
    public override EndPoint Remote { get; }

    /// <inheritdoc/>
    public override EndPoint Local { get; }

    /// <inheritdoc/>
    public override bool IsEncrypted { get; }

    /// <summary>
    /// -1, because the runtime no longer manages a <see cref="Socket"/> whose handle was asked for.
    /// </summary>
    public override int Descriptor => -1;

    /// <summary>Hands the socket over to the caller.</summary>
    public Socket Release()
    {
        Socket? released = _socket;
        Invariant.Check(released != null, "a socket is adopted once");
        _socket = null;
        return released!;
    }

    /// <inheritdoc/>
    public override void Refuse(ReadOnlySpan<byte> reason)
    {
        // A client that is gone hears nothing.
        _socket?.Send(reason, SocketFlags.None, out _);
        Dispose();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    // The client may be gone already.
    private static IPEndPoint Address(Socket socket, bool isRemote)
    {
        try
        {
            return (IPEndPoint?)(isRemote ? socket.RemoteEndPoint : socket.LocalEndPoint) ?? Unknown;
        }
        catch (SocketException)
        {
            return Unknown;
        }
    }
}
