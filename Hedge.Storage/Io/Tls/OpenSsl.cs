using System.Runtime.InteropServices;
using System.Text;

namespace Hedge.Storage.Io.Tls;

/// <summary>
/// The functions of the system's OpenSSL 3 that are used here, which the base library needs too for its
/// cryptography. They are looked for when TLS is first spoken. Types and numbers are those of ssl.h, bio.h
/// and err.h; results are as there.
/// </summary>
// SAFETY: each function has its signature in OpenSSL's documentation; texts are copied.
internal static unsafe partial class OpenSsl
{
    public const int ErrorWantRead = 2;
    public const int ErrorZeroReturn = 6;

    public const int BufferControlFlush = 11;
    public const int BufferRetryRead = 0x1 | 0x8;
    public const int BufferRetryAll = 0xF;
    public const int BufferTypeSourceSink = 0x400;

    public const int ControlMode = 33;
    public const int ControlSessionCacheSize = 42;
    public const int ControlSessionCacheMode = 44;
    public const int ControlDhAuto = 118;
    public const int ControlMinProtocol = 123;
    public const int ControlMaxProtocol = 124;

    /// <summary>A write's buffer may move, and idle connections hold no buffers.</summary>
    public const int ModeMovingWritesReleasedBuffers = 0x2 | 0x10;

    public const int SessionCacheOff = 0;
    public const int SessionCacheServer = 2;

    public const ulong OptionNoCompression = 0x0002_0000;
    public const ulong OptionNoTls1 = 0x0400_0000;
    public const ulong OptionNoTls12 = 0x0800_0000;
    public const ulong OptionNoTls11 = 0x1000_0000;
    public const ulong OptionNoTls13 = 0x2000_0000;
    public const ulong OptionServerPreference = 0x0040_0000;
    public const ulong OptionNoRenegotiation = 0x4000_0000;

    public const int VerifyPeer = 1;
    public const int VerifyFailIfNone = 2;

    public const int FileTypePem = 1;

    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";
    private const int ErrorTextBytes = 256;

    /// <summary>Null, or why TLS cannot be spoken on this machine.</summary>
    public static string? Obstacle { get; } =
        NativeLibrary.TryLoad(Crypto, out _) && NativeLibrary.TryLoad(Ssl, out _)
            ? null : $"{Ssl} is not there (Debian's package libssl3)";

    /// <summary>The texts of this thread's errors, the first one first; empties the queue.</summary>
    public static string TakeErrors()
    {
        var text = new StringBuilder();
        byte* line = stackalloc byte[ErrorTextBytes];
        while (GetError() is var code and not 0)
        {
            ErrorText(code, line, ErrorTextBytes);
            if (text.Length > 0) text.Append(", ");
            text.Append(Marshal.PtrToStringUTF8((nint)line));
        }

        return text.Length == 0 ? "unknown error" : text.ToString();
    }

    [LibraryImport(Ssl, EntryPoint = "TLS_method")]
    public static partial nint Method();

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_new")]
    public static partial nint ContextNew(nint method);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_free")]
    public static partial void ContextFree(nint context);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_options")]
    public static partial ulong ContextSetOptions(nint context, ulong options);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_ctrl")]
    public static partial long ContextControl(nint context, int command, long number, nint pointer);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_timeout")]
    public static partial long ContextSetTimeout(nint context, long seconds);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_session_id_context")]
    public static partial int ContextSetSessionId(nint context, byte* id, uint length);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_default_passwd_cb_userdata")]
    public static partial void ContextSetPassword(nint context, nint password);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_use_certificate_chain_file",
        StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ContextUseCertificates(nint context, string file);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_use_PrivateKey_file",
        StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ContextUseKey(nint context, string file, int type);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_load_verify_locations",
        StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ContextLoadAuthorities(nint context, string? file, string? directory);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_verify")]
    public static partial void ContextSetVerify(nint context, int mode, nint callback);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_cipher_list", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ContextSetCiphers(nint context, string ciphers);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set_ciphersuites", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ContextSetCipherSuites(nint context, string suites);

    [LibraryImport(Ssl, EntryPoint = "SSL_CTX_set0_tmp_dh_pkey")]
    public static partial int ContextSetDhParameters(nint context, nint parameters);

    [LibraryImport(Ssl, EntryPoint = "SSL_new")]
    public static partial nint New(nint context);

    [LibraryImport(Ssl, EntryPoint = "SSL_free")]
    public static partial void Free(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_bio")]
    public static partial void SetBuffers(nint ssl, nint input, nint output);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_accept_state")]
    public static partial void SetServer(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_set_connect_state")]
    public static partial void SetClient(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_is_init_finished")]
    public static partial int IsEstablished(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_read")]
    public static partial int Read(nint ssl, byte* buffer, int length);

    [LibraryImport(Ssl, EntryPoint = "SSL_write")]
    public static partial int Write(nint ssl, byte* bytes, int length);

    [LibraryImport(Ssl, EntryPoint = "SSL_shutdown")]
    public static partial int Shutdown(nint ssl);

    [LibraryImport(Ssl, EntryPoint = "SSL_get_error")]
    public static partial int GetError(nint ssl, int result);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint BufferMethodNew(int type, string name);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_set_read")]
    public static partial int BufferMethodSetRead(
        nint method, delegate* unmanaged<nint, byte*, int, int> read);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_set_write")]
    public static partial int BufferMethodSetWrite(
        nint method, delegate* unmanaged<nint, byte*, int, int> write);

    [LibraryImport(Crypto, EntryPoint = "BIO_meth_set_ctrl")]
    public static partial int BufferMethodSetControl(
        nint method, delegate* unmanaged<nint, int, nint, nint, nint> control);

    [LibraryImport(Crypto, EntryPoint = "BIO_new")]
    public static partial nint BufferNew(nint method);

    [LibraryImport(Crypto, EntryPoint = "BIO_set_init")]
    public static partial void BufferSetReady(nint buffer, int isReady);

    [LibraryImport(Crypto, EntryPoint = "BIO_set_data")]
    public static partial void BufferSetData(nint buffer, nint data);

    [LibraryImport(Crypto, EntryPoint = "BIO_get_data")]
    public static partial nint BufferData(nint buffer);

    [LibraryImport(Crypto, EntryPoint = "BIO_set_flags")]
    public static partial void BufferSetFlags(nint buffer, int flags);

    [LibraryImport(Crypto, EntryPoint = "BIO_clear_flags")]
    public static partial void BufferClearFlags(nint buffer, int flags);

    [LibraryImport(Crypto, EntryPoint = "BIO_new_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint FileOpen(string file, string mode);

    [LibraryImport(Crypto, EntryPoint = "BIO_free")]
    public static partial int BufferFree(nint buffer);

    [LibraryImport(Crypto, EntryPoint = "PEM_read_bio_Parameters")]
    public static partial nint ReadParameters(nint file, nint into);

    [LibraryImport(Crypto, EntryPoint = "EVP_PKEY_free")]
    public static partial void KeyFree(nint key);

    [LibraryImport(Crypto, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();

    [LibraryImport(Crypto, EntryPoint = "ERR_get_error")]
    private static partial ulong GetError();

    [LibraryImport(Crypto, EntryPoint = "ERR_error_string_n")]
    private static partial void ErrorText(ulong code, byte* text, nuint length);
}
