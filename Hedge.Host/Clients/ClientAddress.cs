using System.Net;

namespace Hedge.Host.Clients;

/// <summary>Addresses of clients and of the server, as Redis tells them.</summary>
internal static class ClientAddress
{
    /// <summary>"10.0.0.1:4711", "[::1]:4711", or for a Unix socket "/path:0".</summary>
    public static string Text(EndPoint address) =>
        address is IPEndPoint ? address.ToString()! : $"{address}:0";

    /// <summary>As MONITOR shows it: a Unix socket's is "unix:/path".</summary>
    public static string MonitorText(EndPoint address) =>
        address is IPEndPoint ? address.ToString()! : $"unix:{address}";

    /// <summary>True for a client on this machine.</summary>
    public static bool IsLocal(EndPoint address) =>
        address is not IPEndPoint internet || IPAddress.IsLoopback(internet.Address);
}
