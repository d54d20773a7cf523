using System.Net;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>A listening descriptor. It is closed by the core that accepts from it, after the last accept has
/// ended, or by <see cref="ListeningSocket.Stop"/> if no core does.</summary>
internal sealed class UringListeningSocket : ListeningSocket
{
    private int _isOwned;

    private UringListeningSocket(ListenAddress asked, int descriptor)
        : base(asked, Sockets.AddressOf(asked.EndPoint, descriptor)) => Descriptor = descriptor;

    /// <summary>The descriptor.</summary>
    public int Descriptor { get; }

    /// <summary>Binds and listens.</summary>
    /// <exception cref="ListenException">The address is in use, not of this machine, or not
    /// allowed.</exception>
    public static UringListeningSocket Open(ListenAddress address) => new(address, Sockets.Listen(address));

    /// <summary>A core is going to accept from it, and to close it. False when it is closed.</summary>
    public bool TryOwn() => Interlocked.CompareExchange(ref _isOwned, 1, 0) == 0;

    /// <inheritdoc/>
    protected override void Close()
    {
        if (Bound is not IPEndPoint) UnixSocketFile.Remove(Bound);
        // A shut down socket no longer listens, and its accepts end.
        _ = TryOwn() ? Libc.Close(Descriptor) : Libc.Shutdown(Descriptor, SocketConstants.ShutdownBoth);
    }
}
