using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Hedge.Host.Tools;

/// <summary>How a tool speaks TLS; the names are redis-cli's.</summary>
/// <param name="CaFile">Certificates that are trusted beside the system's; null for those alone.</param>
/// <param name="CertificateFile">The tool's own certificate; null for none.</param>
/// <param name="KeyFile">Its key.</param>
/// <param name="IsInsecure">Trusts any certificate.</param>
internal sealed record ToolTls(string? CaFile, string? CertificateFile, string? KeyFile, bool IsInsecure)
{
    /// <summary>What the system trusts, and no certificate of the tool's own.</summary>
    public static ToolTls Usual { get; } = new(null, null, null, IsInsecure: false);

    /// <summary>Shakes hands.</summary>
    /// <exception cref="ToolException">A file cannot be read, or the other side is not trusted.</exception>
    public SslStream Authenticate(Stream stream, string host)
    {
        var secure = new SslStream(stream);
        try
        {
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = host,
                RemoteCertificateValidationCallback = (_, _, _, errors) =>
                    IsInsecure || errors == SslPolicyErrors.None,
            };
            if (CaFile != null)
            {
                var roots = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                };
                roots.CustomTrustStore.ImportFromPemFile(CaFile);
                options.CertificateChainPolicy = roots;
            }

            if (CertificateFile != null)
                options.ClientCertificates = [X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile)];
            secure.AuthenticateAsClient(options);
            return secure;
        }
        catch (Exception problem)
            when (problem is AuthenticationException or IOException or UnauthorizedAccessException
                or System.Security.Cryptography.CryptographicException)
        {
            secure.Dispose();
            throw new ToolException($"TLS: {problem.Message}", problem);
        }
    }
}
