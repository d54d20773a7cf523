using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Hedge.Storage.Io.Kernel;

/// <summary>The few socket calls made outside the ring.</summary>
// SAFETY: addresses of locals only.
internal static unsafe class Sockets
{
    /// <summary>A listening socket.</summary>
    /// <exception cref="ListenException">The address is in use, not of this machine, or not
    /// allowed.</exception>
    public static int Listen(ListenAddress asked)
    {
        EndPoint endpoint = asked.EndPoint;
        int type = SocketConstants.TypeStream | SocketConstants.CloseOnExec;
        int descriptor = Libc.Socket(FamilyOf(endpoint), type, 0);
        if (descriptor < 0) throw new ListenException("socket", endpoint, Libc.LastError);
        if (asked.Mark != 0)
            SetOption(descriptor, SocketConstants.LevelSocket, SocketConstants.Mark, (int)asked.Mark);
        string operation = "bind";
        int result = endpoint is IPEndPoint internet ? Bind(descriptor, internet)
            : BindPath(descriptor, endpoint, asked.Rights);
        if (result == 0)
        {
            operation = "listen";
            result = Libc.Listen(descriptor, asked.Backlog);
        }

        if (result == 0) return descriptor;
        int errno = Libc.LastError;
        _ = Libc.Close(descriptor);
        throw new ListenException(operation, endpoint, errno);
    }

    /// <summary>The address of the near end: the same as asked, but for a port that was 0.</summary>
    public static EndPoint AddressOf(EndPoint asked, int descriptor) =>
        asked is IPEndPoint ? LocalAddress(descriptor) : asked;

    /// <summary>The address of the near end.</summary>
    private static IPEndPoint LocalAddress(int descriptor)
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

    private static int FamilyOf(EndPoint endpoint) => endpoint.AddressFamily switch
    {
        AddressFamily.Unix => SocketConstants.FamilyUnix,
        AddressFamily.InterNetworkV6 => SocketAddress.FamilyInternet6,
        _ => SocketAddress.FamilyInternet4,
    };

    private static int Bind(int descriptor, IPEndPoint endpoint)
    {
        SetOption(descriptor, SocketConstants.LevelSocket, SocketConstants.ReuseAddress, 1);
        // 0.0.0.0 and :: are two listeners, as in Redis.
        if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
            SetOption(descriptor, SocketConstants.LevelInternet6, SocketConstants.Internet6Only, 1);
        SocketAddress address = SocketAddress.From(endpoint, out uint length);
        return Libc.Bind(descriptor, &address, length);
    }

    private static int BindPath(int descriptor, EndPoint endpoint, UnixFileMode? rights)
    {
        UnixSocketFile.RemoveOld(endpoint);
        System.Net.SocketAddress address = endpoint.Serialize();
        int result;
        fixed (byte* bytes = address.Buffer.Span)
            result = Libc.Bind(descriptor, (SocketAddress*)bytes, (uint)address.Size);
        if (result == 0) UnixSocketFile.SetRights(endpoint, rights);
        return result;
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
