using Hedge.Storage.Io.Tls;

namespace Hedge.Host.Settings;

/// <summary>The settings of the addresses to listen on, and of TLS.</summary>
internal static class NetworkDeclarations
{
    public static readonly IntegerSetting Port = new("port", 6379, 0, 65535)
    {
        Summary = "TCP port. 0 for none if tls-port or unixsocket is set, else for any free port, which the "
            + "log names.",
    };

    public static readonly BindSetting Bind = new("bind", "127.0.0.1 -::1")
    {
        Summary = "Addresses to listen on. The default is this machine only; set requirepass before "
            + "opening it up.",
    };

    public static readonly TextSetting UnixSocket = new("unixsocket", "")
    {
        Summary = "Path of a Unix socket to listen on as well. Empty for none.",
        Change = SettingChange.AtStart,
    };

    public static readonly FileRightsSetting UnixSocketRights = new("unixsocketperm")
    {
        Summary = "Rights of the Unix socket's file; 0 leaves them as the process's umask makes them.",
        Change = SettingChange.AtStart,
    };

    public static readonly IntegerSetting TcpBacklog = new("tcp-backlog", 511, 1, int.MaxValue)
    {
        Summary = "Connections that may wait to be accepted.",
        Change = SettingChange.AtStart,
    };

    public static readonly IntegerSetting TcpKeepAlive = new("tcp-keepalive", 300, 0, int.MaxValue)
    {
        Summary = "Seconds between TCP keep-alive probes of new connections; 0 for none.",
    };

    public static readonly IntegerSetting SocketMarkId = new("socket-mark-id", 0, 0, uint.MaxValue)
    {
        Summary = "Mark (SO_MARK) of the listening sockets' packets, for firewalls and routing; 0 for none.",
        Change = SettingChange.AtStart,
    };

    public static readonly ConstantSetting BindSourceAddress = new("bind-source-addr", "")
    {
        Summary = "There are no connections to other servers.",
    };

    public static readonly IntegerSetting MetricsPort = new("metrics-port", 0, 0, 65535)
    {
        Summary = "TCP port of the HTTP server for metrics, health and a status page (docs/monitoring.md); "
            + "0 for none.",
    };

    public static readonly BindSetting MetricsBind = new("metrics-bind", "127.0.0.1 -::1")
    {
        Summary = "Addresses on which it listens.",
    };

    public static readonly IntegerSetting TlsPort = new("tls-port", 0, 0, 65535)
    {
        Summary = "TCP port of clients that speak TLS; 0 for none.",
    };

    public static readonly TextSetting TlsCertificateFile = new("tls-cert-file", "")
    {
        Summary = "The server's certificate, in PEM, followed by those that lead to its root.",
    };

    public static readonly TextSetting TlsKeyFile = new("tls-key-file", "")
    {
        Summary = "The private key of the certificate, in PEM.",
    };

    public static readonly TextSetting TlsKeyFilePass = new("tls-key-file-pass", "")
    {
        Summary = "Password of the private key; empty for none.",
        IsSecret = true,
    };

    public static readonly TextSetting TlsCaCertificateFile = new("tls-ca-cert-file", "")
    {
        Summary = "Certificates, in PEM, whose holders' certificates are taken from clients.",
    };

    public static readonly TextSetting TlsCaCertificateDirectory = new("tls-ca-cert-dir", "")
    {
        Summary = "Directory of such certificates, with the links that openssl rehash makes.",
    };

    public static readonly ChoiceSetting<ClientCertificates> TlsAuthClients = new("tls-auth-clients",
        ClientCertificates.Yes)
    {
        Summary = "Whether clients must show a certificate: yes, no (it is not asked for), optional.",
    };

    public static readonly TextSetting TlsProtocols = new("tls-protocols", "")
    {
        Summary = "Which of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3 are spoken. Empty for the last two.",
    };

    public static readonly TextSetting TlsCiphers = new("tls-ciphers", "")
    {
        Summary = "Ciphers of TLSv1.2 and older, as openssl ciphers takes them. Empty for its defaults.",
    };

    public static readonly TextSetting TlsCipherSuites = new("tls-ciphersuites", "")
    {
        Summary = "Cipher suites of TLSv1.3. Empty for OpenSSL's defaults.",
    };

    public static readonly BooleanSetting TlsPreferServerCiphers = new("tls-prefer-server-ciphers", false)
    {
        Summary = "Whether the server's order of ciphers decides, not the client's.",
    };

    public static readonly TextSetting TlsDhParametersFile = new("tls-dh-params-file", "")
    {
        Summary = "Diffie-Hellman parameters, in PEM, for ciphers that need them. Empty for OpenSSL's own.",
    };

    public static readonly BooleanSetting TlsSessionCaching = new("tls-session-caching", true)
    {
        Summary = "Whether clients may resume a session, which saves time and a round trip.",
    };

    public static readonly IntegerSetting TlsSessionCacheSize = new("tls-session-cache-size", 20_480, 0,
        int.MaxValue)
    {
        Summary = "Sessions that are remembered; 0 for any number.",
    };

    public static readonly IntegerSetting TlsSessionCacheTimeout = new("tls-session-cache-timeout", 300, 0,
        int.MaxValue)
    {
        Summary = "Seconds for which a session may be resumed.",
    };

    public static readonly ConstantSetting TlsClientCertificateFile = new("tls-client-cert-file", "")
    {
        Summary = "There are no connections to other servers.",
    };

    public static readonly ConstantSetting TlsClientKeyFile = new("tls-client-key-file", "")
    {
        Summary = "There are no connections to other servers.",
    };

    public static readonly ConstantSetting TlsClientKeyFilePass = new("tls-client-key-file-pass", "")
    {
        Summary = "There are no connections to other servers.",
    };

    public static readonly ConstantSetting TlsReplication = new("tls-replication", "no")
    {
        Summary = "Replication is not there.",
    };

    public static readonly ConstantSetting TlsCluster = new("tls-cluster", "no")
    {
        Summary = "Cluster mode is not there.",
    };
}
