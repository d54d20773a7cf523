using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hedge.Tests.Processes;

/// <summary>Certificates and keys in a directory of their own, which is removed with this object.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly X509Certificate2 _authority;

    public TestCertificates()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("hedge-tls-").FullName;
        _authority = MakeAuthority("test authority");
        File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
        Issue("server", _authority);
        Issue("client", _authority);
        using X509Certificate2 stranger = MakeAuthority("another authority");
        Issue("stranger", stranger);
    }

    /// <summary>Where the files are: NAME.crt and NAME.key of server, client and stranger, whom the authority
    /// does not know.</summary>
    public string Directory { get; }

    /// <summary>The authority's certificate.</summary>
    public string AuthorityFile => Path.Combine(Directory, "ca.crt");

    /// <summary>The certificate of a name.</summary>
    public string CertificateFile(string name) => Path.Combine(Directory, name + ".crt");

    /// <summary>The key of a name.</summary>
    public string KeyFile(string name) => Path.Combine(Directory, name + ".key");

    /// <summary>A server's settings.</summary>
    public (string Name, string Value)[] Settings(int port, string clients = "no") =>
    [
        ("tls-port", $"{port}"), ("tls-cert-file", CertificateFile("server")),
        ("tls-key-file", KeyFile("server")), ("tls-ca-cert-file", AuthorityFile),
        ("tls-auth-clients", clients),
    ];

    /// <summary>What a client wants of the server, and shows of itself.</summary>
    /// <param name="name">Whose certificate it shows; null for none.</param>
    public SslClientAuthenticationOptions Options(string? name = null)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { _authority },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        };
        if (name != null)
        {
            var certificate = X509Certificate2.CreateFromPemFile(CertificateFile(name), KeyFile(name));
            options.ClientCertificateContext =
                SslStreamCertificateContext.Create(certificate, null, offline: true);
        }

        return options;
    }

    /// <summary>Makes a new certificate and key of that name.</summary>
    public string Renew(string name)
    {
        Issue(name, _authority);
        using X509Certificate2 made = X509CertificateLoader.LoadCertificateFromFile(CertificateFile(name));
        return made.SerialNumber;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _authority.Dispose();
        System.IO.Directory.Delete(Directory, true);
    }

    private static X509Certificate2 MakeAuthority(string name)
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request =
            new($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }

    private void Issue(string name, X509Certificate2 authority)
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request =
            new($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 made =
            request.Create(authority, now.AddHours(-1), now.AddDays(20), serial);
        File.WriteAllText(CertificateFile(name), made.ExportCertificatePem());
        File.WriteAllText(KeyFile(name), key.ExportPkcs8PrivateKeyPem());
    }
}
