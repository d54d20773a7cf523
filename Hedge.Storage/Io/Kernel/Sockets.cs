using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Hedge.Storage.Io.Kernel;

/// <summary>The few socket calls made outside the ring.</summary>
// SAFETY: addresses of locals only.
internal static unsafe class Sockets
{
    /// <summary>A listening TCP socket.</summary>
    /// <exception cref="ListenException">The address is in use, not of this machine, or not
    /// allowed.</exception>
    public static int Listen(IPEndPoint endpoint, int backlog)
    {
        bool isInternet6 = endpoint.AddressFamily == AddressFamily.InterNetworkV6;
        int family = isInternet6 ? SocketAddress.FamilyInternet6 : SocketAddress.FamilyInternet4;
        int descriptor = Libc.Socket(family, SocketConstants.TypeStream | SocketConstants.CloseOnExec, 0);
        if (descriptor < 0) throw new ListenException("socket", endpoint, Libc.LastError);
        SetOption(descriptor, SocketConstants.LevelSocket, SocketConstants.ReuseAddress, 1);
        // 0.0.0.0 and :: are two listeners, as in Redis.
        if (isInternet6)
            SetOption(descriptor, SocketConstants.LevelInternet6, SocketConstants.Internet6Only, 1);

        SocketAddress address = SocketAddress.From(endpoint, out uint length);
        string operation = "bind";
        int result = Libc.Bind(descriptor, &address, length);
        if (result == 0)
        {
            operation = "listen";
            result = Libc.Listen(descriptor, backlog);
        }

        if (result == 0) return descriptor;
        int errno = Libc.LastError;
        _ = Libc.Close(descriptor);
        throw new ListenException(operation, endpoint, errno);
    }

    /// <summary>The address of the near end.</summary>
    public static IPEndPoint LocalAddress(int descriptor)
    {
        SocketAddress address = default;
        uint length = SocketAddress.Bytes;
        _ = Libc.SocketName(descriptor, &address, &length);
        return address.ToEndPoint();
    }

    /// <summary>The peer's address; 255.255.255.255:0 when the peer is gone already.</summary>
    public static IPEndPoint RemoteAddress(int descriptor)
    {
        SocketAddress address = default;
        uint length = SocketAddress.Bytes;
        _ = Libc.PeerName(descriptor, &address, &length);
        return address.ToEndPoint();
    }

    /// <summary>
    /// Turns Nagle's delay off, and probes an idle peer after <paramref name="keepAliveSeconds"/>, then
    /// three times at a third of that, as Redis does. A connection within the machine gets the simplest
    /// congestion control, since the pacing and loss probes of the others only cost processor time there.
    /// </summary>
    public static void Configure(int descriptor, int keepAliveSeconds)
    {
        SetOption(descriptor, SocketConstants.LevelTcp, SocketConstants.TcpNoDelay, 1);
        if (IPAddress.IsLoopback(RemoteAddress(descriptor).Address)) UseRenoCongestionControl(descriptor);
        if (keepAliveSeconds <= 0) return;
        SetOption(descriptor, SocketConstants.LevelSocket, SocketConstants.KeepAlive, 1);
        SetOption(descriptor, SocketConstants.LevelTcp, SocketConstants.TcpKeepIdle, keepAliveSeconds);
        int interval = Math.Max(1, keepAliveSeconds / 3);
        SetOption(descriptor, SocketConstants.LevelTcp, SocketConstants.TcpKeepInterval, interval);
        SetOption(descriptor, SocketConstants.LevelTcp, SocketConstants.TcpKeepCount, 3);
    }

    private static void UseRenoCongestionControl(int descriptor)
    {
        int reno = BinaryPrimitives.ReadInt32LittleEndian("reno"u8);
        SetOption(descriptor, SocketConstants.LevelTcp, SocketConstants.TcpCongestion, reno);
    }

    // An option may fail to be set when the peer has reset the connection. No promise depends on it.
    private static void SetOption(int descriptor, int level, int option, int value)
        => _ = Libc.SetSocketOption(descriptor, level, option, &value, sizeof(int));
}
