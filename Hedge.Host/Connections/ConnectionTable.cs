using System.Net;
using Hedge.Host.Clients;
using Hedge.Host.Cores;
using Hedge.Host.Requests;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Connections;

/// <summary>
/// A core's connections: adopts sockets, turns received bytes into batches, runs them in order, and closes.
/// Owned by the core.
/// </summary>
internal sealed class ConnectionTable : ITransportHandler, IDisposable
{
    private readonly CoreLoop _loop;
    private readonly BatchRunner _batches;
    private readonly List<Connection> _scheduled = [];
    private readonly List<Connection> _dirty = [];
    private readonly List<Connection> _closing = [];
    private readonly List<Connection> _halfClosed = [];
    private readonly OutputBuffer _nowhere = new();
    private Connection?[] _connections = new Connection?[64];
    private bool _stopped;
    private int _lastIndex;

    public ConnectionTable(CoreLoop loop)
    {
        _loop = loop;
        Memory = new ClientMemory(loop);
        Delayed = new DelayedClients(loop);
        _batches = new BatchRunner(loop, this);
    }

    /// <summary>Number of connections.</summary>
    public int Count { get; private set; }

    /// <summary>Bounds what is held for clients.</summary>
    public ClientMemory Memory { get; }

    /// <summary>Clients that gave wrong passwords.</summary>
    public DelayedClients Delayed { get; }

    /// <summary>True while a batch of requests is being run.</summary>
    public bool IsRunningBatch => _batches.IsRunning;

    /// <summary>True when connections are to be looked at in the next turn without waiting for
    /// events.</summary>
    public bool AnyScheduled => _scheduled.Count > 0;

    public IEnumerable<Connection> All
    {
        get
        {
            foreach (Connection? connection in _connections)
            {
                if (connection is { CloseRequested: false }) yield return connection;
            }
        }
    }

    /// <summary>The connection, if it still serves the session; else null.</summary>
    public Connection? Find(int index, long session) =>
        index < _connections.Length && _connections[index] is { } found && found.Session.Id == session
            ? found : null;

    /// <summary>The connection of a session of this core.</summary>
    public Connection Of(Session session) => _connections[session.Connection]!;

    // ---- Socket events

    public void Accepted(AcceptedSocket socket) => _loop.Group.Acceptor.Accepted(_loop, socket);

    /// <summary>What the connection's requests may ask for.</summary>
    public ParserLimits LimitsOf(Connection connection) =>
        _loop.LimitsFor(!_loop.Group.Server.RequiresAuthentication(connection.Session));

    /// <summary>Makes a connection of an accepted socket.</summary>
    public void Adopt(AcceptedSocket socket)
    {
        int index = FreeIndex();
        Server server = _loop.Group.Server;
        (IPEndPoint remote, IPEndPoint local) = (socket.Remote, socket.Local);
        int descriptor = socket.Descriptor;
        OutputBuffer output =
            _loop.Io.Transport.Adopt(socket, index, server.Settings.Current.TcpKeepAliveSeconds);
        long now = _loop.NowMilliseconds;
        var session = new Session
        {
            Id = _loop.Group.NextClientId(),
            Remote = remote,
            Local = local,
            Descriptor = descriptor,
            Core = _loop.Index,
            Connection = index,
            CreatedMilliseconds = now,
            LastCommandMilliseconds = now,
        };
        session.Authenticated = server.Settings.Current.RequirePass.Length == 0;
        var connection = new Connection
        {
            Index = index,
            Session = session,
            Parser = new RequestParser(_loop.LimitsFor(authenticated: false)),
            Output = output,
        };
        _connections[index] = connection;
        _lastIndex = index;
        Count++;
        _loop.Statistics.Counters.ConnectionsAccepted++;
    }

    /// <summary>Tells a client why it is not served, and closes.</summary>
    public void AdoptToRefuse(AcceptedSocket socket, ReadOnlySpan<byte> reason)
    {
        Adopt(socket);
        Connection connection = _connections[_lastIndex]!;
        reason.CopyTo(connection.Output.GetSpan(reason.Length));
        connection.Output.Advance(reason.Length);
        connection.Session.CloseAfterReply = true;
        MarkDirty(connection);
    }

    // SAFETY: the bytes are the transport's until EndOfBatch, where those not run are copied.
    public unsafe void Received(int index, byte* data, int length)
    {
        Connection connection = _connections[index]!;
        _loop.Statistics.Counters.BytesReceived += length;
        _loop.Statistics.Counters.Receives++;
        _loop.Arrivals.Count(connection, _loop.NowMicroseconds);
        if (_stopped || (connection.Holds & Hold.Closing) != 0) return;
        if (connection.IsInBatch) _batches.Run();
        InputBuffer input = connection.Input;
        if (input.Length == 0 && connection.Holds == Hold.None)
        {
            connection.Join(data, length, isInput: false);
            _batches.Feed(connection);
            return;
        }

        input.Append(new ReadOnlySpan<byte>(data, length));
        if (input.Length >= ClientMemory.CountedBytesMin && !Memory.RequestsGrew(connection)) return;
        if (connection.Holds == Hold.None) _batches.FeedInput(connection);
        else _batches.LimitBacklog(connection);
    }

    public void Hangup(int index, int errno)
    {
        if (_connections[index] is not { } connection) return;
        if (connection.IsInBatch) _batches.Run();
        if (errno != 0)
        {
            Abort(connection);
            return;
        }

        // Requests sent before the client's end of sending are still answered.
        if (connection.HalfClosed) return;
        connection.HalfClosed = true;
        _halfClosed.Add(connection);
    }

    public void Drained(int index)
    {
        if (_connections[index] is not { } connection) return;
        if ((connection.Holds & Hold.Unread) != 0) Memory.Resume();
    }

    public void Closed(int index)
    {
        Connection connection = _connections[index]!;
        connection.IsClosed = true;
        if (connection.Replies.Open == 0) Remove(connection);
    }

    public void EndOfBatch()
    {
        _batches.Run();
    }

    // ---- Turn

    /// <summary>Looks again at connections whose next request could not be run before.</summary>
    public void RunScheduled()
    {
        foreach (Connection connection in _closing) Abort(connection);
        _closing.Clear();
        int count = _scheduled.Count;
        for (int i = 0; i < count; i++)
        {
            Connection connection = _scheduled[i];
            connection.IsScheduled = false;
            connection.Holds &= ~Hold.Retry;
            if (connection.Holds == Hold.None && !connection.IsInBatch) _batches.FeedInput(connection);
        }

        _scheduled.RemoveRange(0, count);
        _batches.Run();
    }

    /// <summary>Looks at the connection in the next turn, when nothing holds it any more.</summary>
    public void Schedule(Connection connection)
    {
        if (connection.IsScheduled) return;
        connection.IsScheduled = true;
        _scheduled.Add(connection);
    }

    /// <summary>The connection has output to be sent at the end of the turn.</summary>
    public void MarkDirty(Connection connection)
    {
        if (connection.IsDirty) return;
        connection.IsDirty = true;
        _dirty.Add(connection);
    }

    /// <summary>End of a turn: sends, and closes what is to be closed.</summary>
    public void Flush()
    {
        if (Memory.AnyHeld) Memory.Resume();
        if (_halfClosed.Count > 0) EndHalfClosed();
        for (int i = 0; i < _dirty.Count; i++)
        {
            Connection connection = _dirty[i];
            connection.IsDirty = false;
            if (connection.CloseRequested) continue;
            long length = connection.Output.Length;
            if (length > 0)
            {
                _loop.Statistics.Counters.BytesSent += length;
                _loop.Statistics.Counters.Sends++;
                _loop.Io.Transport.Flush(connection.Index, length);
            }

            if (connection.Session.CloseAfterReply) CloseWhenDone(connection);
        }

        _dirty.Clear();
    }

    /// <summary>Clients that send no more are closed as soon as all they asked for is answered.</summary>
    private void EndHalfClosed()
    {
        for (int i = _halfClosed.Count - 1; i >= 0; i--)
        {
            Connection connection = _halfClosed[i];
            // Nobody will wait for what a blocking command waits for.
            if (connection.Session.Blocked) _loop.Executor.Unblock(connection, withError: false);
            if ((connection.Holds & Hold.Closing) == 0 && !connection.HasAnsweredAll) continue;
            _halfClosed[i] = _halfClosed[^1];
            _halfClosed.RemoveAt(_halfClosed.Count - 1);
            if (connection.CloseRequested) continue;
            connection.Session.CloseAfterReply = true;
            MarkDirty(connection);
        }
    }

    /// <summary>A reply that was still to come has come.</summary>
    public void CompleteReply(Connection connection, long slot, ReadOnlySpan<byte> reply)
    {
        if (connection.CloseRequested || connection.IsDropped)
        {
            connection.Replies.Complete(slot, default, _nowhere);
            _nowhere.Clear();
            if (connection.IsClosed && connection.Replies.Open == 0) Remove(connection);
            return;
        }

        connection.Replies.Complete(slot, reply, _loop.Gate.OutputOf(connection));
        MarkDirty(connection);
        NoteReplies(connection, isPush: false);
        _loop.Pipelines.Replied(connection);
        if (connection.Replies.Open > 0) return;
        connection.Holds &= ~Hold.Barrier;
        if (connection.Input.Length > 0) Schedule(connection);
    }

    /// <summary>Sends bytes that no request asked for (pub/sub, MONITOR),
    /// in order with the replies.</summary>
    public OutputBuffer BeginPush(Connection connection) =>
        connection.IsDropped ? _nowhere
        : connection.Replies.IsActive ? connection.Replies.BeginReady() : _loop.Gate.OutputOf(connection);

    /// <summary>Ends a push of <paramref name="bytes"/> bytes.</summary>
    /// <param name="connection">The client.</param>
    /// <param name="bytes">How many bytes.</param>
    /// <param name="isReply">It is a reply to the client's request after all, which no command wrote.</param>
    public void EndPush(Connection connection, long bytes, bool isReply = false)
    {
        if (connection.IsDropped)
        {
            _nowhere.Clear();
            return;
        }

        if (connection.Replies.IsActive && !connection.IsReplying) connection.Replies.EndReady(bytes);
        MarkDirty(connection);
        if (!isReply) NoteReplies(connection, isPush: true);
    }

    /// <summary>The client's replies have grown: looks whether they are too much.</summary>
    public void NoteReplies(Connection connection, bool isPush)
    {
        if (connection.UnreadBytes > ClientMemory.CountedBytesMin) Memory.RepliesGrew(connection, isPush);
    }

    /// <summary>Closes at once; what was not sent is lost.</summary>
    public void Abort(Connection connection) => Close(connection, abort: true);

    /// <summary>Closes connections with replies that stand ready behind one that is still to come.</summary>
    public void AbortStashed()
    {
        foreach (Connection? connection in _connections)
            if (connection is { Replies.StashedBytes: > 0 }) Abort(connection);
    }

    /// <summary>Closes connections with replies that were to be sent at the end of this turn.</summary>
    public void AbortDirty()
    {
        foreach (Connection connection in _dirty) Abort(connection);
    }

    /// <summary>Stops running requests and closes when all replies are sent.</summary>
    public void CloseWhenDone(Connection connection)
    {
        connection.Holds |= Hold.Closing;
        connection.Input.Clear();
        if (connection.Replies.Open > 0 || connection.IsGated) return;
        Close(connection, abort: false);
    }

    /// <summary>Closes a connection at the start of this core's next turn;
    /// for commands on other cores that hold this one.
    /// </summary>
    public void CloseLater(Connection connection)
    {
        connection.Holds |= Hold.Closing;
        _closing.Add(connection);
        Schedule(connection);
    }

    /// <summary>The server is stopping: what still comes is ignored.</summary>
    public void StopReceiving() => _stopped = true;

    /// <summary>Lets clients that CLIENT PAUSE stopped go on.</summary>
    public void Unpause()
    {
        foreach (Connection? connection in _connections)
        {
            if (connection == null || (connection.Holds & Hold.Paused) == 0) continue;
            connection.Holds &= ~Hold.Paused;
            Schedule(connection);
        }
    }

    /// <summary>Closes clients that have been idle for longer than the timeout.</summary>
    public void Tick(ServerSettings settings)
    {
        Memory.Tick();
        Delayed.Tick();
        if (settings.TimeoutSeconds == 0) return;
        long oldest = _loop.NowMilliseconds - (settings.TimeoutSeconds * 1000L);
        foreach (Connection? connection in _connections)
        {
            if (connection == null || connection.Session.LastCommandMilliseconds > oldest) continue;
            if (connection.Holds != Hold.None || connection.Replies.Open > 0) continue;
            if (connection.Session.Subscriptions is { Any: true }) continue;
            Close(connection, abort: false);
        }
    }

    public void Dispose()
    {
        foreach (Connection? connection in _connections) connection?.Dispose();
        _nowhere.Dispose();
    }

    private void Close(Connection connection, bool abort)
    {
        if (connection.CloseRequested) return;
        connection.CloseRequested = true;
        connection.Holds |= Hold.Closing;
        connection.Input.Clear();
        _loop.Gate.Forget(connection);
        Memory.Forget(connection);
        if (connection.Session.Blocked) _loop.Executor.Unblock(connection, withError: false);
        // One that is being served may still have to wait on.
        else _loop.KeyWaits.Unblock(connection, withError: false);
        _loop.SessionEnds(connection);
        _loop.Io.Transport.Close(connection.Index, abort);
    }

    private void Remove(Connection connection)
    {
        _connections[connection.Index] = null;
        Count--;
        _loop.Group.Acceptor.Removed();
        connection.Dispose();
    }

    private int FreeIndex()
    {
        for (int i = 0; i < _connections.Length; i++)
        {
            if (_connections[i] == null) return i;
        }

        int index = _connections.Length;
        Array.Resize(ref _connections, index * 2);
        return index;
    }
}
