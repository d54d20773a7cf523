using System.Net;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// A core's connections over its ring: accepting, receiving, sending and closing, each an object of its own.
/// </summary>
// SAFETY: writes fields of entries that the ring hands out.
internal sealed unsafe class UringTransport : ITransport, IDisposable
{
    private readonly Ring _ring;
    private readonly UringReceiver _receiver;
    private readonly UringSender _sender;
    private readonly UringListeners _listeners;
    private readonly ConnectionRegistry<UringConnection> _connections = new();
    private uint _generation;

    public UringTransport(Ring ring, ProvidedBufferRing buffers)
    {
        _ring = ring;
        _receiver = new UringReceiver(ring, buffers);
        _sender = new UringSender(ring, this);
        _listeners = new UringListeners(ring);
    }

    /// <summary>True while the kernel has operations of connections or listeners.</summary>
    public bool IsBusy => _connections.Count > 0 || _listeners.InFlight > 0;

    /// <summary>True when the handler must be told something although the kernel has no event.</summary>
    public bool HasNotices => _connections.HasNotices;

    /// <inheritdoc/>
    public void AcceptFrom(IReadOnlyList<ListeningSocket> sockets) => _listeners.AcceptFrom(sockets);

    /// <inheritdoc/>
    public OutputBuffer Adopt(AcceptedSocket socket, int connection, int keepAliveSeconds)
    {
        _connections.Reserve(connection);
        int descriptor = ((UringAcceptedSocket)socket).Release();
        if (socket.Remote is IPEndPoint) Sockets.Configure(descriptor, keepAliveSeconds);
        UringConnection adopted = new(connection, ++_generation & Token.GenerationMask, descriptor);
        _connections.Add(adopted);
        _receiver.Arm(adopted);
        return adopted.Output;
    }

    /// <inheritdoc/>
    public void Flush(int connection, long length) => _sender.Flush(_connections.At(connection), length);

    /// <inheritdoc/>
    public void PauseReceive(int connection)
    {
        UringConnection paused = _connections.At(connection);
        paused.IsPaused = true;
        _receiver.Cancel(paused);
    }

    /// <inheritdoc/>
    public void ResumeReceive(int connection)
    {
        UringConnection resumed = _connections.At(connection);
        resumed.IsPaused = false;
        _receiver.ArmIfWanted(resumed);
    }

    /// <inheritdoc/>
    public void Close(int connection, bool abort) => Close(_connections.At(connection), abort);

    /// <summary>Stops listening and aborts all connections.</summary>
    public void AbortAll()
    {
        _listeners.AcceptFrom([]);
        foreach (UringConnection? connection in _connections.All)
            if (connection != null) Close(connection, abort: true);
    }

    /// <summary>Writes the sends of this turn; the submission follows at once.</summary>
    public void PrepareSends() => _sender.Prepare();

    /// <summary>Takes the report that an offered send did not take everything.</summary>
    public void RefuseSend(in CompletionEntry completion)
        => UringSender.Refuse(Find(new Token(completion.UserData)), completion.Result);

    /// <summary>Accounts for the sends just submitted.</summary>
    public void SettleSends() => _sender.Settle();

    /// <summary>
    /// Acts on a completion of one of the transport's kinds. Returns 1 when the handler heard of it.
    /// </summary>
    public int Complete(in CompletionEntry completion, ITransportHandler handler)
    {
        Token token = new(completion.UserData);
        switch (token.Kind)
        {
            case TokenKind.Receive:
                return CompleteReceive(Find(token), completion, handler);
            case TokenKind.Accept:
                if (_listeners.Complete(token.Index, completion) is not { } socket) return 0;
                handler.Accepted(socket);
                return 1;
            case TokenKind.AcceptRetry:
                _listeners.CompleteRetry(token.Index);
                return 0;
            case TokenKind.WaitingSend when Find(token) is { } connection:
                _sender.CompleteWaiting(connection, completion.Result);
                CloseWhenQuiet(connection);
                return 0;
            case TokenKind.Close when Find(token) is { } connection:
                _connections.NoteClosed(connection);
                return 0;
            default:
                return 0;
        }
    }

    /// <summary>
    /// Ends the batch of received bytes, then tells the handler the other notices. Returns how many events
    /// it told.
    /// </summary>
    public int EndBatch(ITransportHandler handler)
    {
        _connections.EndBatch(handler);
        _receiver.EndBatch();
        return _connections.TellNotices(handler);
    }

    /// <summary>Notes that the connection has ended. The handler hears of it once, after the bytes before
    /// it.</summary>
    public void NoteEnd(UringConnection connection, int errno)
    {
        if (_connections.NoteEnd(connection, errno)) _receiver.Cancel(connection);
    }

    /// <summary>Notes that all flushed bytes of a connection have left after they had to wait.</summary>
    public void NoteDrained(UringConnection connection) => _connections.NoteDrained(connection);

    /// <inheritdoc/>
    public void Dispose() => _listeners.Dispose();

    private UringConnection? Find(Token token)
    {
        UringConnection? found = _connections.Find(token.Index);
        return found != null && found.Generation == token.Generation ? found : null;
    }

    private int CompleteReceive(
        UringConnection? connection, in CompletionEntry completion, ITransportHandler handler)
    {
        int ended = _receiver.Complete(connection, completion, handler);
        if (completion.Result > 0) _connections.NoteReceived();
        if (connection == null) return 0;
        if (ended != 0) NoteEnd(connection, Math.Max(ended, 0));
        _receiver.ArmIfWanted(connection);
        CloseWhenQuiet(connection);
        return completion.Result > 0 ? 1 : 0;
    }

    private void Close(UringConnection connection, bool abort)
    {
        connection.IsClosing = true;
        _receiver.Cancel(connection);
        if (abort && !connection.IsAborting)
        {
            connection.IsAborting = true;
            _sender.Abort(connection);
        }

        CloseWhenQuiet(connection);
    }

    // The kernel must have released the socket and the buffers before they are freed.
    private void CloseWhenQuiet(UringConnection connection)
    {
        if (!connection.IsClosing || connection.IsCloseQueued || connection.IsArmed) return;
        if (connection.SendState != SendState.Idle || connection.Flushed > 0) return;
        connection.IsCloseQueued = true;
        SubmissionEntry* entry = _ring.Next();
        entry->Opcode = UringOpcode.Close;
        entry->Descriptor = connection.Descriptor;
        entry->UserData = connection.Token(TokenKind.Close);
    }
}
