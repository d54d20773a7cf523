using System.Net;
using System.Net.Sockets;

namespace Hedge.Storage.Io.Portable;

/// <summary>
/// A core's connections over pipes.
/// </summary>
internal sealed class PortableTransport(PortableEvents events) : ITransport
{
    private readonly List<PortableListener> _listeners = [];
    private readonly List<PortableConnection> _dirty = [];
    private readonly List<PortableConnection> _lent = [];
    private readonly ConnectionRegistry<PortableConnection> _connections = new();

    /// <summary>True while there are connections.</summary>
    public bool IsBusy => _connections.Count > 0;

    /// <summary>True when the handler must be told something although no event came.</summary>
    public bool HasNotices => _connections.HasNotices;

    /// <inheritdoc/>
    public void AcceptFrom(IReadOnlyList<ListeningSocket> sockets)
    {
        foreach (PortableListener listener in _listeners)
            if (!sockets.Contains(listener.Socket)) listener.Socket.Stop();
        _listeners.RemoveAll(static listener => listener.Socket.IsStopped);
        foreach (ListeningSocket socket in sockets)
        {
            if (socket.IsStopped || _listeners.Exists(listener => listener.Socket == socket)) continue;
            _listeners.Add(PortableListener.Start(events, (PortableListeningSocket)socket));
        }
    }

    /// <inheritdoc/>
    public OutputBuffer Adopt(AcceptedSocket socket, int connection, int keepAliveSeconds)
    {
        _connections.Reserve(connection);
        Socket released = ((PortableAcceptedSocket)socket).Release();
        if (socket.Remote is IPEndPoint) Configure(released, keepAliveSeconds);
        PortableConnection adopted = new(connection, released, events);
        _connections.Add(adopted);
        adopted.Read();
        return adopted.Output;
    }

    /// <inheritdoc/>
    public void Flush(int connection, long length)
    {
        PortableConnection flushed = _connections.At(connection);
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
    public void PauseReceive(int connection) => _connections.At(connection).IsPaused = true;

    /// <inheritdoc/>
    public void ResumeReceive(int connection)
    {
        PortableConnection resumed = _connections.At(connection);
        resumed.IsPaused = false;
        resumed.Read();
    }

    /// <inheritdoc/>
    public void Close(int connection, bool abort) => Close(_connections.At(connection), abort);

    /// <summary>Stops listening and aborts all connections.</summary>
    public void AbortAll()
    {
        AcceptFrom([]);
        foreach (PortableConnection? connection in _connections.All)
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
                if (ended.IsClosing) _connections.NoteClosed(ended);
                else _connections.NoteEnd(ended, 0);
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
        foreach (PortableConnection connection in _lent) connection.Return();
        _lent.Clear();
        return _connections.TellNotices(handler);
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
            // The client has reset the connection. The first read reports it.
        }
    }

    private static int Accept(PortableClient client, ITransportHandler handler)
    {
        client.Listener.Taken();
        if (client.Listener.Socket.IsStopped)
        {
            client.Socket.Dispose();
            return 0;
        }

        handler.Accepted(new PortableAcceptedSocket(client.Socket, client.Listener.Socket));
        return 1;
    }

    // An event refers to the connection itself, so that a late event finds that its connection is gone, and
    // does not find the index's next connection.
    private bool IsPresent(PortableConnection connection)
        => _connections.Find(connection.Index) == connection;

    private int TakeRead(PortableConnection connection, ITransportHandler handler)
    {
        if (!IsPresent(connection)) return 0;
        int ended = connection.TakeRead(handler, out bool delivered);
        _lent.Add(connection);
        if (delivered) _connections.NoteReceived();
        if (ended != 0) _connections.NoteEnd(connection, Math.Max(ended, 0));
        return delivered ? 1 : 0;
    }

    private void AfterSend(PortableConnection connection, int errno)
    {
        if (errno != 0)
        {
            connection.Break();
            _connections.NoteEnd(connection, errno);
        }

        if (connection.IsClosing) FinishWhenSent(connection);
        else if (connection.TakeDrained()) _connections.NoteDrained(connection);
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

        if (isFirst && connection.IsEnded) _connections.NoteClosed(connection);
        FinishWhenSent(connection);
    }

    private static void FinishWhenSent(PortableConnection connection)
    {
        if (connection.Flushed == 0 && !connection.IsFlushing) connection.Finish();
    }
}
