using System.Net.Sockets;

namespace Hedge.Storage.Io.Portable;

/// <summary>The loop that posts one listening socket's clients.</summary>
internal sealed class PortableListener
{
    /// <summary>How long accepting pauses when the process has no descriptors left.</summary>
    public const int RetryMilliseconds = 100;

    /// <summary>The most clients that are accepted before the core looks at them.</summary>
    private const int AcceptsAtOnce = 8;

    private readonly PortableEvents _events;
    private readonly SemaphoreSlim _room;

    private PortableListener(PortableEvents events, PortableListeningSocket socket, SemaphoreSlim room) =>
        (_events, Socket, _room) = (events, socket, room);

    /// <summary>Starts to accept.</summary>
    public static PortableListener Start(PortableEvents events, PortableListeningSocket socket)
    {
        PortableListener listener = new(events, socket, new SemaphoreSlim(AcceptsAtOnce));
        _ = listener.AcceptAsync();
        return listener;
    }

    /// <summary>Where clients come from. After its stop, those still in the inbox are turned away.</summary>
    public PortableListeningSocket Socket { get; }

    /// <summary>Lets the next client come, since the core has looked at one. Any thread.</summary>
    public void Taken() => _room.Release();

    private async Task AcceptAsync()
    {
        await Task.Yield();
        while (!Socket.IsStopped)
        {
            try
            {
                await _room.WaitAsync();
                Socket client = await Socket.AcceptAsync();
                _events.Post(PortableEventKind.Accepted, new PortableClient(this, client));
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException failure)
            {
                Taken();
                if (Socket.IsStopped) return;
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
