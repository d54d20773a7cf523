using System.Net;
using System.Net.Sockets;

namespace Hedge.Storage.Io.Portable;

/// <summary>One listening socket and the loop that posts its clients.</summary>
internal sealed class PortableListener
{
    /// <summary>How long accepting pauses when the process has no descriptors left.</summary>
    public const int RetryMilliseconds = 100;

    /// <summary>The most clients that are accepted before the core looks at them.</summary>
    private const int AcceptsAtOnce = 8;

    private readonly PortableEvents _events;
    private readonly Socket _socket;
    private readonly SemaphoreSlim _room;
    private volatile bool _isStopped;

    private PortableListener(PortableEvents events, Socket socket, SemaphoreSlim room)
    {
        _room = room;
        _events = events;
        _socket = socket;
        Address = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>The bound address.</summary>
    public IPEndPoint Address { get; }

    /// <summary>True after <see cref="Stop"/>. Clients still in the inbox are turned away.</summary>
    public bool IsStopped => _isStopped;

    /// <summary>Binds, listens and starts to accept.</summary>
    /// <exception cref="ListenException">The address is in use, not of this machine, or not
    /// allowed.</exception>
    public static PortableListener Start(PortableEvents events, IPEndPoint endpoint, int backlog)
    {
        Socket socket = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        string operation = "bind";
        try
        {
            // 0.0.0.0 and :: are two listeners, as in Redis. On Unix the runtime sets SO_REUSEADDR itself.
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            socket.Bind(endpoint);
            operation = "listen";
            socket.Listen(backlog);
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new ListenException(operation, endpoint, SocketErrno.Of(failure));
        }

        PortableListener listener = new(events, socket, new SemaphoreSlim(AcceptsAtOnce));
        _ = listener.AcceptAsync();
        return listener;
    }

    /// <summary>Lets the next client come, since the core has looked at one. Any thread.</summary>
    public void Taken() => _room.Release();

    /// <summary>Refuses new clients from now on.</summary>
    public void Stop()
    {
        _isStopped = true;
        _socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        await Task.Yield();
        while (!_isStopped)
        {
            try
            {
                await _room.WaitAsync();
                Socket client = await _socket.AcceptAsync();
                _events.Post(PortableEventKind.Accepted, new PortableClient(this, client));
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException failure)
            {
                Taken();
                if (_isStopped) return;
                // The process is out of descriptors or memory. The client stays in the backlog, and an
                // immediate retry would spin.
                if (failure.SocketErrorCode != SocketError.ConnectionAborted)
                    await Task.Delay(RetryMilliseconds);
            }
        }
    }
}

/// <summary>A client on its way from a listener to its core.</summary>
internal sealed record PortableClient(PortableListener Listener, Socket Socket);
