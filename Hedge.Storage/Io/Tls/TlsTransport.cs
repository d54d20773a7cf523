namespace Hedge.Storage.Io.Tls;

/// <summary>
/// TLS between a core and its transport. Connections without TLS pass through.
/// <list type="number">
/// <item>Received bytes are decrypted where they lie, into memory that is the handler's until the end of the
/// batch.</item>
/// <item>Flushed bytes are encrypted into the transport's buffer, at most
/// <see cref="EncryptedBytesMax"/> ahead of the socket, so that the core goes on seeing what the client has
/// not taken. The rest follows in the next turns, or when the transport has drained.</item>
/// <item>A client whose handshake takes longer than <see cref="HandshakeMicrosecondsMax"/>, or which lets the
/// answers to its messages pile up, is cut off.</item>
/// </list>
/// </summary>
// SAFETY: received bytes are used inside of Received only; decrypted ones lie in PlainMemory until
// EndOfBatch.
public sealed unsafe class TlsTransport : ITransport, ITransportHandler, IDisposable
{
    /// <summary>How long a handshake may take.</summary>
    public const long HandshakeMicrosecondsMax = 10_000_000;

    private const int RecordBytesMax = 16 * 1024;
    private const long EncryptedBytesMax = 256 * 1024;
    private const long AnswersBytesMax = 1 << 20;

    private readonly ITransport _transport;
    private readonly IClock _clock;
    private readonly Func<TlsContext?> _context;
    private readonly PlainMemory _plain = new();
    private readonly List<TlsConnection> _listed = [];
    private TlsConnection?[] _connections = [];

    /// <summary>A layer over a transport.</summary>
    /// <param name="transport">The transport, which reports to this object.</param>
    /// <param name="clock">The core's clock.</param>
    /// <param name="context">What new connections are made of; null to refuse them.</param>
    public TlsTransport(ITransport transport, IClock clock, Func<TlsContext?> context) =>
        (_transport, _clock, _context) = (transport, clock, context);

    /// <summary>Who hears of connections. Set once.</summary>
    public ITransportHandler Handler { get; set; } = null!;

    /// <summary>Hears of connections that end because of TLS: the connection and the reason.</summary>
    public Action<int, string> Failed { get; set; } = static (_, _) => { };

    /// <summary>True when there is something to encrypt in the next turn.</summary>
    public bool HasMore => _listed.Count > 0;

    /// <inheritdoc/>
    public void AcceptFrom(IReadOnlyList<ListeningSocket> sockets) => _transport.AcceptFrom(sockets);

    /// <inheritdoc/>
    public OutputBuffer Adopt(AcceptedSocket socket, int connection, int keepAliveSeconds)
    {
        OutputBuffer output = _transport.Adopt(socket, connection, keepAliveSeconds);
        if (!socket.IsEncrypted) return output;
        var adopted = new TlsConnection(connection, output)
        {
            HandshakeDue = _clock.MonotonicMicroseconds + HandshakeMicrosecondsMax,
        };
        if (_context() is { } context) adopted.Session = TlsSession.Create(context, output);
        if (connection >= _connections.Length)
            Array.Resize(ref _connections, Math.Max(connection + 1, _connections.Length * 2));
        _connections[connection] = adopted;
        if (adopted.Session == null) Close(adopted, abort: true);
        return adopted.Output;
    }

    /// <inheritdoc/>
    public void Flush(int connection, long length)
    {
        if (Find(connection) is not { } flushed)
        {
            _transport.Flush(connection, length);
            return;
        }

        Invariant.Check(length <= flushed.Output.Length, "only bytes in the buffer are flushed");
        flushed.Flushed = Math.Max(flushed.Flushed, length);
        Encrypt(flushed);
    }

    /// <inheritdoc/>
    public void PauseReceive(int connection) => _transport.PauseReceive(connection);

    /// <inheritdoc/>
    public void ResumeReceive(int connection) => _transport.ResumeReceive(connection);

    /// <inheritdoc/>
    public void Close(int connection, bool abort)
    {
        if (Find(connection) is { } closed) Close(closed, abort);
        else _transport.Close(connection, abort);
    }

    /// <summary>Encrypts what is left of the last turn, for sockets that took what they had.</summary>
    public void Continue()
    {
        int count = _listed.Count;
        for (int i = 0; i < count; i++)
        {
            TlsConnection connection = _listed[i];
            connection.IsListed = false;
            // Where the socket took less, the transport tells when it has drained.
            if (connection.Encrypted.Length == 0) EncryptMore(connection);
        }

        _listed.RemoveRange(0, count);
    }

    /// <summary>Cuts off clients whose handshake takes too long, and looks after those whose socket has
    /// failed, which the transport does not tell of twice.</summary>
    public void Tick()
    {
        foreach (TlsConnection? connection in _connections)
        {
            if (connection is not { IsClosed: false, Session: { } session }) continue;
            if (session.IsEstablished)
            {
                if (connection.Flushed > 0 && connection.Encrypted.Length == 0) EncryptMore(connection);
            }
            else if (!connection.IsClosing && connection.HandshakeDue <= _clock.MonotonicMicroseconds)
            {
                End(connection, "the handshake takes too long", Errno.TimerExpired);
            }
        }
    }

    /// <inheritdoc/>
    public void Accepted(AcceptedSocket socket) => Handler.Accepted(socket);

    /// <inheritdoc/>
    public void Received(int connection, byte* data, int length)
    {
        if (Find(connection) is not { } receiving)
        {
            Handler.Received(connection, data, length);
            return;
        }

        if (receiving.IsClosing || receiving.IsHungUp) return;
        TlsReadEnd end = Decrypt(receiving, data, length);
        if (end == TlsReadEnd.Closed) HangUp(receiving, 0);
        // What OpenSSL tells the client of the failure is still sent.
        else if (end == TlsReadEnd.Failed) End(receiving, receiving.Session!.Failure, 0);
        Encrypt(receiving);
        if (receiving.Encrypted.Length > AnswersBytesMax) End(receiving, "it does not read", Errno.NoBuffers);
    }

    /// <inheritdoc/>
    public void Hangup(int connection, int errno)
    {
        if (Find(connection) is { } ended) HangUp(ended, errno);
        else Handler.Hangup(connection, errno);
    }

    /// <inheritdoc/>
    public void Drained(int connection)
    {
        if (Find(connection) is not { } drained)
        {
            Handler.Drained(connection);
            return;
        }

        drained.HasWaited = true;
        EncryptMore(drained);
    }

    /// <inheritdoc/>
    public void Closed(int connection)
    {
        if (Find(connection) is { } closed)
        {
            _connections[connection] = null;
            closed.Flushed = 0;
            closed.IsClosing = closed.IsClosed = true;
            closed.Dispose();
        }

        Handler.Closed(connection);
    }

    /// <inheritdoc/>
    public void EndOfBatch()
    {
        Handler.EndOfBatch();
        _plain.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TlsConnection? connection in _connections) connection?.Dispose();
        _plain.Dispose();
    }

    private TlsConnection? Find(int connection) =>
        (uint)connection < (uint)_connections.Length ? _connections[connection] : null;

    private TlsReadEnd Decrypt(TlsConnection connection, byte* data, int length)
    {
        TlsSession session = connection.Session!;
        session.Feed(data, length);
        byte* start = null;
        int ready = 0;
        TlsReadEnd end;
        while (true)
        {
            byte* at = _plain.Reserve(RecordBytesMax, out int space);
            if (at != start + ready)
            {
                Deliver(connection, start, ready);
                start = at;
                ready = 0;
            }

            int count = session.Read(at, space, out end);
            _plain.Advance(count);
            ready += count;
            if (count == 0 || !session.HasInput) break;
        }

        Deliver(connection, start, ready);
        return end;
    }

    private void Deliver(TlsConnection connection, byte* start, int length)
    {
        if (length > 0 && !connection.IsClosing) Handler.Received(connection.Index, start, length);
    }

    // Encrypts as much as the socket may soon take, and sends it with the handshake's messages.
    private void Encrypt(TlsConnection connection)
    {
        if (connection.IsClosed) return;
        TlsSession session = connection.Session!;
        bool isReady = session.IsEstablished || connection.IsBroken;
        while (isReady && connection.Flushed > 0 && connection.Encrypted.Length < EncryptedBytesMax)
        {
            int count = (int)Math.Min(connection.Flushed, RecordBytesMax);
            if (!connection.IsBroken && !session.Write(connection.Output.Head, count))
                connection.IsBroken = true;
            connection.Output.Take(count);
            connection.Flushed -= count;
        }

        Send(connection);
        if (connection.Flushed > 0)
        {
            connection.HasWaited = true;
            if (connection.IsListed || !isReady) return;
            connection.IsListed = true;
            _listed.Add(connection);
        }
        else if (connection.IsClosing)
        {
            FinishClose(connection);
        }
    }

    private void EncryptMore(TlsConnection connection)
    {
        Encrypt(connection);
        if (connection.Flushed > 0 || !connection.HasWaited || connection.IsClosing) return;
        connection.HasWaited = false;
        Handler.Drained(connection.Index);
    }

    private void Send(TlsConnection connection)
    {
        if (connection.Encrypted.Length > 0 && !connection.IsClosed)
            _transport.Flush(connection.Index, connection.Encrypted.Length);
    }

    private void HangUp(TlsConnection connection, int errno)
    {
        if (connection.IsClosing)
        {
            // The core has closed it, and what it still had to send will not arrive.
            if (errno != 0) Close(connection, abort: true);
            return;
        }

        if (connection.IsHungUp) return;
        connection.IsHungUp = true;
        Handler.Hangup(connection.Index, errno);
    }

    private void End(TlsConnection connection, string reason, int errno)
    {
        if (connection.IsClosing || connection.IsBroken) return;
        connection.IsBroken = true;
        Failed(connection.Index, reason);
        HangUp(connection, errno);
    }

    private void Close(TlsConnection connection, bool abort)
    {
        connection.IsClosing = true;
        if (!abort && !connection.IsClosed && connection.Session is { } session)
        {
            if (connection.Flushed == 0 || connection.IsBroken || !session.IsEstablished)
                FinishClose(connection);
            return;
        }

        connection.IsClosed = true;
        _transport.Close(connection.Index, abort);
    }

    private void FinishClose(TlsConnection connection)
    {
        if (connection.Session!.IsEstablished && !connection.IsBroken) connection.Session.Shutdown();
        Send(connection);
        connection.IsClosed = true;
        _transport.Close(connection.Index, abort: false);
    }
}
