using System.Numerics;

namespace Hedge.Storage.Io;

/// <summary>
/// A transport's connections by the core's index, and the notices about them that the handler has not heard
/// yet.
/// </summary>
/// <remarks>
/// Notices are collected while events are taken. The handler hears them together after the received bytes,
/// so that a client's end comes after its last requests.
/// </remarks>
internal sealed class ConnectionRegistry<T>
    where T : TransportConnection
{
    private const int ConnectionsMax = 1 << 20;

    private readonly List<Notice> _notices = [];
    private T?[] _connections = new T?[256];
    private bool _isBatchOpen;

    private enum NoticeKind : byte
    {
        Hangup,
        Drained,
        Closed,
    }

    /// <summary>Connections added and not yet closed.</summary>
    public int Count { get; private set; }

    /// <summary>True when the handler must be told something although no event came.</summary>
    public bool HasNotices => _notices.Count > 0;

    /// <summary>The places of all connections; free ones are null.</summary>
    public ReadOnlySpan<T?> All => _connections;

    /// <summary>The connection of that index, which must exist.</summary>
    public T At(int index) =>
        _connections[index] ?? throw new InvalidOperationException($"no connection {index}");

    /// <summary>The connection of that index, or null.</summary>
    public T? Find(int index) => (uint)index < (uint)_connections.Length ? _connections[index] : null;

    /// <summary>Makes sure that the index can be used.</summary>
    public void Reserve(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)ConnectionsMax);
        if (index >= _connections.Length)
            Array.Resize(ref _connections, (int)BitOperations.RoundUpToPowerOf2((uint)index + 1));
        Invariant.Check(_connections[index] == null, "a connection's index is free when it is used");
    }

    /// <summary>Adds a connection whose index was reserved.</summary>
    public void Add(T connection)
    {
        _connections[connection.Index] = connection;
        Count++;
    }

    /// <summary>Notes that the handler was given bytes, so that a batch must end later.</summary>
    public void NoteReceived() => _isBatchOpen = true;

    /// <summary>Notes that the connection has ended. The handler hears of it once, after the bytes before
    /// it.</summary>
    /// <returns>False when this was known.</returns>
    public bool NoteEnd(T connection, int errno)
    {
        if (connection.IsHungUp) return false;
        connection.IsHungUp = true;
        if (!connection.IsClosing) _notices.Add(new Notice(NoticeKind.Hangup, connection, errno));
        return true;
    }

    /// <summary>Notes that all flushed bytes of a connection have left after they had to wait.</summary>
    public void NoteDrained(T connection) => _notices.Add(new Notice(NoticeKind.Drained, connection, 0));

    /// <summary>Notes that the connection's socket is closed. The connection is removed when the handler
    /// hears of it.</summary>
    public void NoteClosed(T connection) => _notices.Add(new Notice(NoticeKind.Closed, connection, 0));

    /// <summary>Ends the batch of received bytes, if there is one.</summary>
    public void EndBatch(ITransportHandler handler)
    {
        if (!_isBatchOpen) return;
        _isBatchOpen = false;
        handler.EndOfBatch();
    }

    /// <summary>Tells the handler the other notices. Returns how many events it told.</summary>
    public int TellNotices(ITransportHandler handler)
    {
        int told = 0;
        for (int i = 0; i < _notices.Count; i++) told += Tell(_notices[i], handler);
        _notices.Clear();
        return told;
    }

    private int Tell(in Notice notice, ITransportHandler handler)
    {
        T connection = notice.Connection;
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
                Count--;
                handler.Closed(connection.Index);
                return 1;
            default:
                return 0;
        }
    }

    private readonly record struct Notice(NoticeKind Kind, T Connection, int Errno);
}
