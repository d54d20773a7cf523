using System.Net;
using System.Net.Sockets;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Tls;

namespace Hedge.Host.Settings;

/// <summary>Where to listen: port, tls-port, bind, unixsocket and what belongs to them.</summary>
/// <param name="Port">port: 0 for any free one, or none if there is another way in.</param>
/// <param name="TlsPort">tls-port; 0 for none.</param>
/// <param name="Bind">bind: at least one address.</param>
/// <param name="UnixSocket">unixsocket, its full path; empty for none.</param>
/// <param name="UnixSocketRights">unixsocketperm; null for the process's mask.</param>
/// <param name="Backlog">tcp-backlog.</param>
/// <param name="Mark">socket-mark-id; 0 for none.</param>
public sealed record NetworkSettings(int Port, int TlsPort, IReadOnlyList<BindAddress> Bind,
    string UnixSocket, UnixFileMode? UnixSocketRights, int Backlog, uint Mark)
{
    /// <summary>True when port stands for any free one.</summary>
    public bool TakesFreePort => Port == 0 && TlsPort == 0 && UnixSocket.Length == 0;

    /// <summary>True when clients without TLS have a port.</summary>
    public bool HasPort => Port > 0 || TakesFreePort;

    internal static NetworkSettings Of(ServerSettings settings)
    {
        string path = settings.Get(NetworkDeclarations.UnixSocket);
        return new NetworkSettings(
            (int)settings.Get(NetworkDeclarations.Port),
            (int)settings.Get(NetworkDeclarations.TlsPort),
            settings.Get(NetworkDeclarations.Bind),
            path.Length == 0 ? "" : Path.GetFullPath(path),
            settings.Get(NetworkDeclarations.UnixSocketRights) is var rights and not UnixFileMode.None
                ? rights : null,
            (int)settings.Get(NetworkDeclarations.TcpBacklog),
            (uint)settings.Get(NetworkDeclarations.SocketMarkId));
    }

    internal static MetricsSettings MetricsOf(ServerSettings settings) => new(
        (int)settings.Get(NetworkDeclarations.MetricsPort), settings.Get(NetworkDeclarations.MetricsBind));

    internal static TlsOptions TlsOf(ServerSettings settings) => new()
    {
        CertificateFile = settings.Get(NetworkDeclarations.TlsCertificateFile),
        KeyFile = settings.Get(NetworkDeclarations.TlsKeyFile),
        KeyPassword = settings.Get(NetworkDeclarations.TlsKeyFilePass),
        AuthorityFile = settings.Get(NetworkDeclarations.TlsCaCertificateFile),
        AuthorityDirectory = settings.Get(NetworkDeclarations.TlsCaCertificateDirectory),
        ClientCertificates = settings.Get(NetworkDeclarations.TlsAuthClients),
        Protocols = settings.Get(NetworkDeclarations.TlsProtocols),
        Ciphers = settings.Get(NetworkDeclarations.TlsCiphers),
        CipherSuites = settings.Get(NetworkDeclarations.TlsCipherSuites),
        PrefersServerCiphers = settings.Get(NetworkDeclarations.TlsPreferServerCiphers),
        DhParametersFile = settings.Get(NetworkDeclarations.TlsDhParametersFile),
        CachesSessions = settings.Get(NetworkDeclarations.TlsSessionCaching),
        SessionCacheSize = (int)settings.Get(NetworkDeclarations.TlsSessionCacheSize),
        SessionSeconds = (int)settings.Get(NetworkDeclarations.TlsSessionCacheTimeout),
    };

    /// <summary>The longest path of a Unix socket, in bytes: sun_path has 108 with the zero at the
    /// end.</summary>
    public const int UnixSocketBytesMax = 107;

    /// <summary>Everything to listen on. An optional one may be missing on the machine.</summary>
    /// <param name="freePort">Answers the free port that was found, or 0 before it was.</param>
    internal IEnumerable<(ListenAddress Address, bool IsOptional)> Addresses(Func<int> freePort)
    {
        foreach (BindAddress bind in Bind)
        {
            int port = TakesFreePort ? freePort() : Port;
            if (HasPort)
                yield return (Internet(bind, port, isEncrypted: false), bind.IsOptional);
            if (TlsPort > 0) yield return (Internet(bind, TlsPort, isEncrypted: true), bind.IsOptional);
        }

        if (UnixSocket.Length > 0)
        {
            yield return (new ListenAddress(new UnixDomainSocketEndPoint(UnixSocket), Backlog)
            {
                Rights = UnixSocketRights,
                Mark = Mark,
            }, IsOptional: false);
        }
    }

    private ListenAddress Internet(BindAddress bind, int port, bool isEncrypted) =>
        new(new IPEndPoint(bind.Address, port), Backlog)
        {
            IsEncrypted = isEncrypted,
            Mark = Mark,
        };
}

/// <summary>Where metrics are served.</summary>
/// <param name="Port">metrics-port; 0 for none.</param>
/// <param name="Bind">metrics-bind.</param>
public sealed record MetricsSettings(int Port, IReadOnlyList<BindAddress> Bind);
