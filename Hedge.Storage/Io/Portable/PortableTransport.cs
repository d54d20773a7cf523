using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace Hedge.Storage.Io.Portable;

/// <summary>
/// A core's connections over pipes. <paramref name="open"/> turns a socket into a pair of them.
/// </summary>
internal sealed class PortableTransport(PortableEvents events, Func<Socket, IPipeConnection> open)
    : ITransport
{
    private const int ConnectionsMax = 1 << 20;

    private readonly List<PortableListener> _listeners = [];
    private readonly List<PortableConnection> _dirty = [];
    private readonly List<PortableConnection> _lent = [];
    private readonly List<Notice> _notices = [];
    private PortableConnection?[] _connections = new PortableConnection?[256];
    private int _open;
    private bool _isBatchOpen;

    private enum NoticeKind : byte
    {
        Hangup,
        Drained,
        Closed,
    }

    /// <summary>True while there are connections.</summary>
    public bool IsBusy => _open > 0;

    /// <summary>True when there is something to tell the handler without an event.</summary>
    public bool HasNotices => _notices.Count > 0;

    /// <inheritdoc/>
    public IPEndPoint Listen(IPEndPoint endpoint, int backlog)
    {
        PortableListener listener = PortableListener.Start(events, endpoint, backlog);
        _listeners.Add(listener);
        return listener.Address;
    }

    /// <inheritdoc/>
    public void StopListening()
    {
        foreach (PortableListener listener in _listeners) listener.Stop();
        _listeners.Clear();
    }

    /// <inheritdoc/>
    public OutputBuffer Adopt(AcceptedSocket socket, int connection, int keepAliveSeconds)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)connection, (uint)ConnectionsMax);
        if (connection >= _connections.Length)
            Array.Resize(ref _connections, (int)BitOperations.RoundUpToPowerOf2((uint)connection + 1));
        Invariant.Check(_connections[connection] == null, "a connection's index is free when it is used");

        Socket released = ((PortableAcceptedSocket)socket).Release();
        Configure(released, keepAliveSeconds);
        PortableConnection adopted = new(connection, open(released), events);
        _connections[connection] = adopted;
        _open++;
        adopted.Read();
        return adopted.Output;
    }

    /// <inheritdoc/>
    public void Flush(int connection, long length)
    {
        PortableConnection flushed = Connection(connection);
        Invariant.Check(length <= flushed.Output.Length, "only bytes in the buffer are flushed");
        if (flushed.IsBroken)
        {
            flushed.Output.Take(length);
            return;
        }

        if (length > flushed.Flushed) flushed.Flushed = length;
        if (flushed.IsDirty || flushed.IsFlushing || flushed.Flushed == 0) return;
        flushed.IsDirty = true;
        _dirty.Add(flushed);
    }

    /// <inheritdoc/>
    public void PauseReceive(int connection) => Connection(connection).IsPaused = true;

    /// <inheritdoc/>
    public void ResumeReceive(int connection)
    {
        PortableConnection resumed = Connection(connection);
        resumed.IsPaused = false;
        resumed.Read();
    }

    /// <inheritdoc/>
    public void Close(int connection, bool abort) => Close(Connection(connection), abort);

    /// <summary>Stops to listen and aborts all connections.</summary>
    public void AbortAll()
    {
        StopListening();
        foreach (PortableConnection? connection in _connections)
            if (connection != null) Close(connection, abort: true);
    }

    /// <summary>Hands the bytes flushed since the last call to the pipes.</summary>
    public void SendFlushed()
    {
        foreach (PortableConnection connection in _dirty)
        {
            connection.IsDirty = false;
            AfterSend(connection, connection.Send());
        }

        _dirty.Clear();
    }

    /// <summary>
    /// Acts on an event of one of the transport's kinds. Returns 1 when the handler heard of it.
    /// </summary>
    public int Take(in PortableEvent taken, ITransportHandler handler)
    {
        switch (taken.Kind)
        {
            case PortableEventKind.Accepted:
                return Accept((PortableClient)taken.Subject, handler);
            case PortableEventKind.Readable:
                return TakeRead((PortableConnection)taken.Subject, handler);
            case PortableEventKind.Writable:
                PortableConnection writable = (PortableConnection)taken.Subject;
                if (IsPresent(writable)) AfterSend(writable, writable.ContinueSend());
                return 0;
            case PortableEventKind.Ended:
                PortableConnection ended = (PortableConnection)taken.Subject;
                ended.IsEnded = true;
                if (ended.IsClosing) _notices.Add(new Notice(NoticeKind.Closed, ended, 0));
                else NoteEnd(ended, 0);
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

        foreach (PortableConnection connection in _lent) connection.Return();
        _lent.Clear();
        int told = 0;
        for (int i = 0; i < _notices.Count; i++) told += Tell(_notices[i], handler);
        _notices.Clear();
        return told;
    }

    private static void Configure(Socket socket, int keepAliveSeconds)
    {
        try
        {
            socket.NoDelay = true;
            if (keepAliveSeconds <= 0) return;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(
                SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, keepAliveSeconds);
            int interval = Math.Max(1, keepAliveSeconds / 3);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, interval);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        }
        catch (SocketException)
        {
            // The client has reset the connection: the first read tells.
        }
    }

    private static int Accept(PortableClient client, ITransportHandler handler)
    {
        if (client.Listener.IsStopped)
        {
            client.Socket.Dispose();
            return 0;
        }

        handler.Accepted(new PortableAcceptedSocket(client.Socket));
        return 1;
    }

    private PortableConnection Connection(int index)
        => _connections[index] ?? throw new InvalidOperationException($"no connection {index}");

    // Events hold the connection itself, so that one who comes too late finds it gone, not its successor.
    private bool IsPresent(PortableConnection connection) => _connections[connection.Index] == connection;

    private int TakeRead(PortableConnection connection, ITransportHandler handler)
    {
        if (!IsPresent(connection)) return 0;
        int ended = connection.TakeRead(handler, out bool delivered);
        _lent.Add(connection);
        if (delivered) _isBatchOpen = true;
        if (ended != 0) NoteEnd(connection, Math.Max(ended, 0));
        return delivered ? 1 : 0;
    }

    private void AfterSend(PortableConnection connection, int errno)
    {
        if (errno != 0)
        {
            connection.Break();
            NoteEnd(connection, errno);
        }

        if (connection.IsClosing) FinishWhenSent(connection);
        else if (connection.TakeDrained()) _notices.Add(new Notice(NoticeKind.Drained, connection, 0));
    }

    private void NoteEnd(PortableConnection connection, int errno)
    {
        if (connection.IsHungUp) return;
        connection.IsHungUp = true;
        if (!connection.IsClosing) _notices.Add(new Notice(NoticeKind.Hangup, connection, errno));
    }

    private void Close(PortableConnection connection, bool abort)
    {
        bool isFirst = !connection.IsClosing;
        connection.IsClosing = true;
        if (isFirst) connection.StopReading();
        if (abort)
        {
            connection.Break();
            connection.Abort();
        }

        if (isFirst && connection.IsEnded) _notices.Add(new Notice(NoticeKind.Closed, connection, 0));
        FinishWhenSent(connection);
    }

    private static void FinishWhenSent(PortableConnection connection)
    {
        if (connection.Flushed == 0 && !connection.IsFlushing) connection.Finish();
    }

    private int Tell(in Notice notice, ITransportHandler handler)
    {
        PortableConnection connection = notice.Connection;
        switch (notice.Kind)
        {
            case NoticeKind.Hangup when !connection.IsClosing:
                handler.Hangup(connection.Index, notice.Errno);
                return 1;
            case NoticeKind.Drained when !connection.IsClosing:
                handler.Drained(connection.Index);
                return 1;
            case NoticeKind.Closed:
                connection.Dispose();
                _connections[connection.Index] = null;
                _open--;
                handler.Closed(connection.Index);
                return 1;
            default:
                return 0;
        }
    }

    private readonly record struct Notice(NoticeKind Kind, PortableConnection Connection, int Errno);
}
