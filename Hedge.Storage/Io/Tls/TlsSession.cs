using System.Runtime.InteropServices;

namespace Hedge.Storage.Io.Tls;

/// <summary>How a read of a TLS connection ended, if not with bytes.</summary>
internal enum TlsReadEnd
{
    /// <summary>All that was received is read.</summary>
    Empty,

    /// <summary>The peer sends nothing more.</summary>
    Closed,

    /// <summary>The handshake, or what came after it, was wrong.</summary>
    Failed,
}

/// <summary>
/// One TLS connection, without a socket: received bytes go in by <see cref="Feed"/> and out by
/// <see cref="Read"/>; what <see cref="Write"/> encrypts, and the handshake's messages, go to an output
/// buffer. It never blocks. One thread.
/// </summary>
internal sealed unsafe class TlsSession : IDisposable
{
    // SAFETY: OpenSSL's objects, which are freed in Dispose only. Its callbacks run inside of this class's
    // calls, on the same thread, and find the session by the handle, which lives as long.
    private static readonly nint BufferMethod = MakeBufferMethod();

    private readonly nint _ssl;
    private readonly OutputBuffer _output;
    private GCHandle _self;
    private byte* _input;
    private int _inputLength;
    private bool _isFreed;

    private TlsSession(nint ssl, nint buffer, OutputBuffer output)
    {
        (_ssl, _output) = (ssl, output);
        _self = GCHandle.Alloc(this);
        OpenSsl.BufferSetData(buffer, GCHandle.ToIntPtr(_self));
        OpenSsl.BufferSetReady(buffer, 1);
        OpenSsl.SetBuffers(ssl, buffer, buffer);
    }

    /// <summary>True when the handshake is done. Before that nothing may be written.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>True when not all of what was fed is read.</summary>
    public bool HasInput => _inputLength > 0;

    /// <summary>What went wrong, after <see cref="TlsReadEnd.Failed"/>.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>A connection; null when there is no memory for it.</summary>
    /// <param name="context">Keys and rules.</param>
    /// <param name="output">Gets what is to be sent to the peer.</param>
    /// <param name="isClient">Whether this side begins.</param>
    public static TlsSession? Create(TlsContext context, OutputBuffer output, bool isClient = false)
    {
        nint ssl = context.NewConnection();
        if (ssl == 0) return null;
        nint buffer = OpenSsl.BufferNew(BufferMethod);
        if (buffer == 0)
        {
            OpenSsl.Free(ssl);
            return null;
        }

        if (isClient) OpenSsl.SetClient(ssl);
        else OpenSsl.SetServer(ssl);
        return new TlsSession(ssl, buffer, output);
    }

    /// <summary>Takes bytes that came from the peer. They must stay in place until <see cref="Read"/> has
    /// answered that there are no more.</summary>
    public void Feed(byte* bytes, int length)
    {
        Invariant.Check(_inputLength == 0, "what was received before is read");
        _input = bytes;
        _inputLength = length;
    }

    /// <summary>Goes on with the handshake, then decrypts one record at most.</summary>
    /// <returns>How many bytes; 0 when <paramref name="end"/> says why there are none.</returns>
    public int Read(byte* into, int length, out TlsReadEnd end)
    {
        end = TlsReadEnd.Empty;
        OpenSsl.ClearErrors();
        int result = OpenSsl.Read(_ssl, into, length);
        if (!IsEstablished) IsEstablished = OpenSsl.IsEstablished(_ssl) != 0;
        if (result > 0) return result;
        switch (OpenSsl.GetError(_ssl, result))
        {
            case OpenSsl.ErrorWantRead:
                return 0;
            case OpenSsl.ErrorZeroReturn:
                end = TlsReadEnd.Closed;
                break;
            default:
                end = TlsReadEnd.Failed;
                Failure = OpenSsl.TakeErrors();
                break;
        }

        _inputLength = 0;
        return 0;
    }

    /// <summary>Encrypts bytes, all of them. False when that fails for good.</summary>
    public bool Write(byte* bytes, int length)
    {
        OpenSsl.ClearErrors();
        return OpenSsl.Write(_ssl, bytes, length) == length;
    }

    /// <summary>Tells the peer that nothing more comes.</summary>
    public void Shutdown()
    {
        OpenSsl.ClearErrors();
        _ = OpenSsl.Shutdown(_ssl);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isFreed) return;
        _isFreed = true;
        OpenSsl.Free(_ssl);
        _self.Free();
    }

    private static nint MakeBufferMethod()
    {
        nint method = OpenSsl.BufferMethodNew(OpenSsl.BufferTypeSourceSink, "core");
        Invariant.Check(method != 0, "there is memory for the first TLS connection");
        _ = OpenSsl.BufferMethodSetRead(method, &TakeInput);
        _ = OpenSsl.BufferMethodSetWrite(method, &AddOutput);
        _ = OpenSsl.BufferMethodSetControl(method, &Control);
        return method;
    }

    private static TlsSession Of(nint buffer) =>
        (TlsSession)GCHandle.FromIntPtr(OpenSsl.BufferData(buffer)).Target!;

    [UnmanagedCallersOnly]
    private static int TakeInput(nint buffer, byte* into, int length)
    {
        OpenSsl.BufferClearFlags(buffer, OpenSsl.BufferRetryAll);
        TlsSession session = Of(buffer);
        int count = Math.Min(length, session._inputLength);
        if (count <= 0)
        {
            OpenSsl.BufferSetFlags(buffer, OpenSsl.BufferRetryRead);
            return -1;
        }

        Buffer.MemoryCopy(session._input, into, length, count);
        session._input += count;
        session._inputLength -= count;
        return count;
    }

    [UnmanagedCallersOnly]
    private static int AddOutput(nint buffer, byte* bytes, int length)
    {
        OpenSsl.BufferClearFlags(buffer, OpenSsl.BufferRetryAll);
        Of(buffer)._output.Append(new ReadOnlySpan<byte>(bytes, length));
        return length;
    }

    [UnmanagedCallersOnly]
    private static nint Control(nint buffer, int command, nint number, nint pointer) =>
        command == OpenSsl.BufferControlFlush ? 1 : 0;
}
