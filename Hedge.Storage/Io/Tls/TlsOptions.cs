namespace Hedge.Storage.Io.Tls;

/// <summary>Whether clients show a certificate.</summary>
public enum ClientCertificates
{
    /// <summary>It is not asked for.</summary>
    No,

    /// <summary>Who has none is refused.</summary>
    Yes,

    /// <summary>It is asked for, and checked if the client has one.</summary>
    Optional,
}

/// <summary>How TLS is spoken. Files are PEM; an empty text stands for none, or for OpenSSL's
/// default.</summary>
public sealed record TlsOptions
{
    /// <summary>The server's certificate, followed by those that lead to its root.</summary>
    public string CertificateFile { get; init; } = "";

    /// <summary>Its private key.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>The key's password.</summary>
    public string KeyPassword { get; init; } = "";

    /// <summary>Certificates that vouch for those of clients.</summary>
    public string AuthorityFile { get; init; } = "";

    /// <summary>A directory of such certificates, by hash.</summary>
    public string AuthorityDirectory { get; init; } = "";

    /// <summary>Whether clients show a certificate.</summary>
    public ClientCertificates ClientCertificates { get; init; } = ClientCertificates.Yes;

    /// <summary>Of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3, separated by spaces.</summary>
    public string Protocols { get; init; } = "";

    /// <summary>Ciphers up to TLSv1.2, in OpenSSL's notation.</summary>
    public string Ciphers { get; init; } = "";

    /// <summary>Cipher suites of TLSv1.3.</summary>
    public string CipherSuites { get; init; } = "";

    /// <summary>The server's order of ciphers decides.</summary>
    public bool PrefersServerCiphers { get; init; }

    /// <summary>Diffie-Hellman parameters.</summary>
    public string DhParametersFile { get; init; } = "";

    /// <summary>Sessions may be resumed.</summary>
    public bool CachesSessions { get; init; } = true;

    /// <summary>Sessions that are remembered; 0 for any number.</summary>
    public int SessionCacheSize { get; init; } = 20_480;

    /// <summary>Seconds for which one may be resumed.</summary>
    public int SessionSeconds { get; init; } = 300;
}

/// <summary>TLS cannot be spoken as the options say; the message says why.</summary>
public sealed class TlsException(string message) : IOException(message);
