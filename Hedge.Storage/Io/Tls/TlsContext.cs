using System.Runtime.InteropServices;

namespace Hedge.Storage.Io.Tls;

/// <summary>
/// What connections are made of: keys, certificates, rules (an SSL_CTX). Immutable and for all threads; it is
/// freed when nobody refers to it any more.
/// </summary>
public sealed class TlsContext : SafeHandle
{
    private const int Tls1 = 0x301;

    private static readonly (string Name, ulong Option)[] Versions =
    [
        ("TLSv1", OpenSsl.OptionNoTls1), ("TLSv1.1", OpenSsl.OptionNoTls11),
        ("TLSv1.2", OpenSsl.OptionNoTls12), ("TLSv1.3", OpenSsl.OptionNoTls13),
    ];

    private TlsContext(nint context)
        : base(context, ownsHandle: true)
    {
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Reads the files and checks the rules, for a server.</summary>
    /// <exception cref="TlsException">Something is missing or wrong.</exception>
    public static TlsContext Create(TlsOptions options)
    {
        if (options.CertificateFile.Length == 0) throw new TlsException("No tls-cert-file configured!");
        if (options.KeyFile.Length == 0) throw new TlsException("No tls-key-file configured!");
        bool isChecked = options.ClientCertificates != ClientCertificates.No;
        if (isChecked && options.AuthorityFile.Length + options.AuthorityDirectory.Length == 0)
        {
            throw new TlsException("Either tls-ca-cert-file or tls-ca-cert-dir must be specified when "
                + "tls-auth-clients is enabled!");
        }

        TlsContext context = New(options);
        try
        {
            context.UseCertificates(options);
            int verify = options.ClientCertificates switch
            {
                ClientCertificates.Yes => OpenSsl.VerifyPeer | OpenSsl.VerifyFailIfNone,
                ClientCertificates.Optional => OpenSsl.VerifyPeer,
                _ => 0,
            };
            OpenSsl.ContextSetVerify(context.handle, verify, 0);
            context.SetSessions(options);
            context.SetDhParameters(options.DhParametersFile);
            return context;
        }
        catch (TlsException)
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>For clients. The server's certificate is not checked.</summary>
    /// <exception cref="TlsException">Something is missing or wrong.</exception>
    internal static TlsContext CreateUnverifiedClient(TlsOptions options)
    {
        TlsContext context = New(options);
        if (options.CertificateFile.Length > 0) context.UseCertificates(options);
        return context;
    }

    /// <summary>A new connection, without a place for its bytes; 0 when there is no memory.</summary>
    internal nint NewConnection()
    {
        bool isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            return OpenSsl.New(handle);
        }
        finally
        {
            if (isHeld) DangerousRelease();
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        OpenSsl.ContextFree(handle);
        return true;
    }

    private static TlsContext New(TlsOptions options)
    {
        if (OpenSsl.Obstacle is { } obstacle) throw new TlsException(obstacle);
        OpenSsl.ClearErrors();
        var context = new TlsContext(OpenSsl.ContextNew(OpenSsl.Method()));
        if (context.IsInvalid) throw Failure("a TLS context");
        try
        {
            context.SetRules(options);
            return context;
        }
        catch (TlsException)
        {
            context.Dispose();
            throw;
        }
    }

    private void SetRules(TlsOptions options)
    {
        ulong flags = OpenSsl.OptionNoCompression | OpenSsl.OptionNoRenegotiation;
        flags |= Excluded(options.Protocols);
        if (options.PrefersServerCiphers) flags |= OpenSsl.OptionServerPreference;
        // The system's configuration may exclude old versions, but what is asked for by name is meant.
        if (options.Protocols.Length > 0)
            OpenSsl.ContextControl(handle, OpenSsl.ControlMinProtocol, Tls1, 0);
        OpenSsl.ContextSetOptions(handle, flags);
        OpenSsl.ContextControl(
            handle, OpenSsl.ControlMode, OpenSsl.ModeMovingWritesReleasedBuffers, 0);
        if (options.Ciphers.Length > 0 && OpenSsl.ContextSetCiphers(handle, options.Ciphers) == 0)
            throw Failure($"tls-ciphers '{options.Ciphers}'");
        if (options.CipherSuites.Length > 0
            && OpenSsl.ContextSetCipherSuites(handle, options.CipherSuites) == 0)
            throw Failure($"tls-ciphersuites '{options.CipherSuites}'");
    }

    private static ulong Excluded(string protocols)
    {
        if (protocols.Length == 0) return OpenSsl.OptionNoTls1 | OpenSsl.OptionNoTls11;
        ulong excluded = 0;
        foreach ((_, ulong option) in Versions) excluded |= option;
        foreach (string word in protocols.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            (_, ulong option) =
                Array.Find(Versions, v => v.Name.Equals(word, StringComparison.OrdinalIgnoreCase));
            if (option == 0)
            {
                throw new TlsException("Invalid tls-protocols specified. Use a combination of 'TLSv1', "
                    + "'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.");
            }

            excluded &= ~option;
        }

        return excluded;
    }

    private void UseCertificates(TlsOptions options)
    {
        if (OpenSsl.ContextUseCertificates(handle, options.CertificateFile) != 1)
            throw Failure($"certificate {options.CertificateFile}");
        // Without a password, even an empty one, OpenSSL would ask for it on the terminal.
        nint password = Marshal.StringToCoTaskMemUTF8(options.KeyPassword);
        try
        {
            OpenSsl.ContextSetPassword(handle, password);
            if (OpenSsl.ContextUseKey(handle, options.KeyFile, OpenSsl.FileTypePem) != 1)
                throw Failure($"private key {options.KeyFile}");
        }
        finally
        {
            OpenSsl.ContextSetPassword(handle, 0);
            Marshal.ZeroFreeCoTaskMemUTF8(password);
        }

        string? file = options.AuthorityFile.Length > 0 ? options.AuthorityFile : null;
        string? directory = options.AuthorityDirectory.Length > 0 ? options.AuthorityDirectory : null;
        if (file == null && directory == null) return;
        if (OpenSsl.ContextLoadAuthorities(handle, file, directory) != 1)
            throw Failure($"certificate authorities {file ?? directory}");
    }

    // SAFETY: OpenSSL copies the bytes during the call.
    private unsafe void SetSessions(TlsOptions options)
    {
        int mode = options.CachesSessions ? OpenSsl.SessionCacheServer : OpenSsl.SessionCacheOff;
        OpenSsl.ContextControl(handle, OpenSsl.ControlSessionCacheMode, mode, 0);
        OpenSsl.ContextControl(handle, OpenSsl.ControlSessionCacheSize, options.SessionCacheSize, 0);
        OpenSsl.ContextSetTimeout(handle, options.SessionSeconds);
        ReadOnlySpan<byte> name = "hedge"u8;
        fixed (byte* id = name) _ = OpenSsl.ContextSetSessionId(handle, id, (uint)name.Length);
    }

    private void SetDhParameters(string file)
    {
        if (file.Length == 0)
        {
            OpenSsl.ContextControl(handle, OpenSsl.ControlDhAuto, 1, 0);
            return;
        }

        nint opened = OpenSsl.FileOpen(file, "r");
        if (opened == 0) throw Failure($"tls-dh-params-file {file}");
        nint parameters = OpenSsl.ReadParameters(opened, 0);
        _ = OpenSsl.BufferFree(opened);
        if (parameters != 0 && OpenSsl.ContextSetDhParameters(handle, parameters) == 1) return;
        OpenSsl.KeyFree(parameters);
        throw Failure($"tls-dh-params-file {file}");
    }

    private static TlsException Failure(string what) =>
        new($"Failed to load {what}: {OpenSsl.TakeErrors()}");
}
