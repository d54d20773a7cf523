using System.Net;
using System.Numerics;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// A core's connections over its ring: accepting, receiving, sending and closing, each an object of its own.
/// </summary>
// SAFETY: writes fields of entries that the ring hands out.
internal sealed unsafe class UringTransport : ITransport, IDisposable
{
    private const int ConnectionsMax = 1 << 20;

    private readonly Ring _ring;
    private readonly UringReceiver _receiver;
    private readonly UringSender _sender;
    private readonly UringListeners _listeners;
    private readonly List<Notice> _notices = [];
    private UringConnection?[] _connections = new UringConnection?[256];
    private uint _generation;
    private bool _isBatchOpen;

    public UringTransport(Ring ring, ProvidedBufferRing buffers)
    {
        _ring = ring;
        _receiver = new UringReceiver(ring, buffers);
        _sender = new UringSender(ring, this);
        _listeners = new UringListeners(ring);
    }

    private enum NoticeKind : byte
    {
        Hangup,
        Drained,
        Closed,
    }

    /// <summary>Connections adopted and not yet closed.</summary>
    public int Open { get; private set; }

    /// <summary>True while the kernel has operations of connections or listeners.</summary>
    public bool IsBusy => Open > 0 || _listeners.InFlight > 0;

    /// <summary>True when there is something to tell the handler without the kernel.</summary>
    public bool HasNotices => _notices.Count > 0;

    /// <inheritdoc/>
    public IPEndPoint Listen(IPEndPoint endpoint, int backlog) => _listeners.Listen(endpoint, backlog);

    /// <inheritdoc/>
    public void StopListening() => _listeners.Stop();

    /// <inheritdoc/>
    public OutputBuffer Adopt(AcceptedSocket socket, int connection, int keepAliveSeconds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)connection, (uint)ConnectionsMax);
        if (connection >= _connections.Length)
            Array.Resize(ref _connections, (int)BitOperations.RoundUpToPowerOf2((uint)connection + 1));
        Invariant.Check(_connections[connection] == null, "a connection's index is free when it is used");

        int descriptor = ((UringAcceptedSocket)socket).Release();
        Sockets.Configure(descriptor, keepAliveSeconds);
        UringConnection adopted = new(connection, ++_generation & Token.GenerationMask, descriptor);
        _connections[connection] = adopted;
        Open++;
        _receiver.Arm(adopted);
        return adopted.Output;
    }

    /// <inheritdoc/>
    public void Flush(int connection, long length) => _sender.Flush(Connection(connection), length);

    /// <inheritdoc/>
    public void PauseReceive(int connection)
    {
        UringConnection paused = Connection(connection);
        paused.IsPaused = true;
        _receiver.Cancel(paused);
    }

    /// <inheritdoc/>
    public void ResumeReceive(int connection)
    {
        UringConnection resumed = Connection(connection);
        resumed.IsPaused = false;
        _receiver.ArmIfWanted(resumed);
    }

    /// <inheritdoc/>
    public void Close(int connection, bool abort) => Close(Connection(connection), abort);

    /// <summary>Stops to listen and aborts all connections.</summary>
    public void AbortAll()
    {
        _listeners.Stop();
        foreach (UringConnection? connection in _connections)
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
                _notices.Add(new Notice(NoticeKind.Closed, connection, 0));
                return 0;
            default:
                return 0;
        }
    }

    /// <summary>
    /// Ends the batch of received bytes, then tells what else has happened. Returns the events told.
    /// </summary>
    public int EndBatch(ITransportHandler handler)
    {
        if (_isBatchOpen)
        {
            _isBatchOpen = false;
            handler.EndOfBatch();
        }

        _receiver.EndBatch();
        int told = 0;
        for (int i = 0; i < _notices.Count; i++) told += Tell(_notices[i], handler);
        _notices.Clear();
        return told;
    }

    /// <summary>The connection has ended: the handler hears of it once, after the bytes before it.</summary>
    public void NoteEnd(UringConnection connection, int errno)
    {
        if (connection.IsHungUp) return;
        connection.IsHungUp = true;
        _receiver.Cancel(connection);
        if (!connection.IsClosing) _notices.Add(new Notice(NoticeKind.Hangup, connection, errno));
    }

    /// <summary>The connection's flushed bytes have all left after they had to wait.</summary>
    public void NoteDrained(UringConnection connection)
        => _notices.Add(new Notice(NoticeKind.Drained, connection, 0));

    /// <inheritdoc/>
    public void Dispose() => _listeners.Dispose();

    private UringConnection Connection(int index)
        => _connections[index] ?? throw new InvalidOperationException($"no connection {index}");

    private UringConnection? Find(Token token)
    {
        if ((uint)token.Index >= (uint)_connections.Length) return null;
        UringConnection? found = _connections[token.Index];
        return found != null && found.Generation == token.Generation ? found : null;
    }

    private int CompleteReceive(
        UringConnection? connection, in CompletionEntry completion, ITransportHandler handler)
    {
        int ended = _receiver.Complete(connection, completion, handler);
        if (completion.Result > 0) _isBatchOpen = true;
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

    // The kernel must be done with the socket and the buffers before they are given up.
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

    private int Tell(in Notice notice, ITransportHandler handler)
    {
        UringConnection connection = notice.Connection;
        switch (notice.Kind)
        {
            case NoticeKind.Hangup when !connection.IsClosing:
                handler.Hangup(connection.Index, notice.Errno);
                return 1;
            case NoticeKind.Drained when !connection.IsClosing:
                handler.Drained(connection.Index);
                return 1;
            case NoticeKind.Closed:
                connection.Output.Dispose();
                _connections[connection.Index] = null;
                Open--;
                handler.Closed(connection.Index);
                return 1;
            default:
                return 0;
        }
    }

    private readonly record struct Notice(NoticeKind Kind, UringConnection Connection, int Errno);
}
