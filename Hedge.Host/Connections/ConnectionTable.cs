using System.Net;
using Hedge.Host.Clients;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Statistics;
using Hedge.Resp;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;

namespace Hedge.Host.Connections;

/// <summary>
/// A core's connections: adopts sockets, keeps who is to be looked at, sends, and closes. Owned by the core.
/// </summary>
internal sealed class ConnectionTable : IDisposable
{
    private readonly CoreTurn _turn;
    private readonly Server _server;
    private readonly ITransport _transport;
    private readonly CoreStatistics _statistics;
    private readonly Acceptor _acceptor;
    private readonly Mail _mail;
    private readonly ParserLimits _limits = new();
    private readonly ParserLimits _strangerLimits = new() { Authenticated = false };
    private readonly List<Connection> _scheduled = [];
    private readonly List<Connection> _dirty = [];
    private readonly List<Connection> _closing = [];
    private readonly List<Connection> _halfClosed = [];
    private readonly OutputBuffer _nowhere = new();
    private Connection?[] _connections = new Connection?[64];

    public ConnectionTable(CoreTurn turn, Server server, ITransport transport, CoreStatistics statistics,
        Acceptor acceptor, Mail mail, CoreStorage storage, WriteState writes, RequestPool pool,
        ByteCount queued, int cores)
    {
        _turn = turn;
        _server = server;
        _transport = transport;
        _statistics = statistics;
        _acceptor = acceptor;
        _mail = mail;
        Memory = new ClientMemory(turn, server, this, queued, cores);
        Eviction = new ClientEviction(turn, server, this, Memory);
        Delayed = new DelayedClients(turn, this);
        Gate = new CommitGate(this, mail, storage, writes);
        Pipelines = new PipelineLimit(this, pool);
        acceptor.Add(this);
    }

    /// <summary>The core's number.</summary>
    public int Core => _turn.Core;

    /// <summary>Share of the last tick that the core worked, 0…1. Any core may read it.</summary>
    public double BusyShare { get; set; }

    /// <summary>Number of connections.</summary>
    public int Count { get; private set; }

    /// <summary>Bounds what is held for clients.</summary>
    public ClientMemory Memory { get; }

    /// <summary>Bounds the memory of all clients together.</summary>
    public ClientEviction Eviction { get; }

    /// <summary>Clients that gave wrong passwords.</summary>
    public DelayedClients Delayed { get; }

    /// <summary>Holds replies back until their records are safe.</summary>
    public CommitGate Gate { get; }

    /// <summary>Bounds how many requests wait.</summary>
    public PipelineLimit Pipelines { get; }

    /// <summary>Ends what closed clients have under way. Set once.</summary>
    public IConnectionEnds Ends { get; set; } = null!;

    /// <summary>True while a batch of requests is being run.</summary>
    public bool IsRunningBatch { get; set; }

    /// <summary>Connections to be looked at; whoever does takes them out.</summary>
    public List<Connection> Scheduled => _scheduled;

    /// <summary>The connection of this index, or null.</summary>
    public Connection? this[int index] => _connections[index];

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

    /// <summary>What the connection's requests may ask for.</summary>
    public ParserLimits LimitsOf(Connection connection) =>
        LimitsFor(!_server.RequiresAuthentication(connection.Session));

    /// <summary>Makes a connection of an accepted socket.</summary>
    public void Adopt(AcceptedSocket socket)
    {
        int index = FreeIndex();
        (EndPoint remote, EndPoint local) = (socket.Remote, socket.Local);
        int descriptor = socket.Descriptor;
        OutputBuffer output =
            _transport.Adopt(socket, index, _server.Settings.Current.TcpKeepAliveSeconds);
        long now = _turn.NowMilliseconds;
        var session = new Session
        {
            Id = _acceptor.NextClientId(),
            Remote = remote,
            Local = local,
            Descriptor = descriptor,
            Core = _turn.Core,
            Connection = index,
            CreatedMilliseconds = now,
            LastCommandMilliseconds = now,
        };
        session.User = _server.Users.Default;
        session.Authenticated = session.User.NeedsNoLogin;
        var connection = new Connection
        {
            Index = index,
            Session = session,
            Parser = new RequestParser(LimitsFor(authenticated: false)),
            Output = output,
        };
        _connections[index] = connection;
        Count++;
        _statistics.Counters.ConnectionsAccepted++;
    }

    /// <summary>Gives an accepted socket to another core.</summary>
    public void HandOn(AcceptedSocket socket, int core) => _mail.Send(core, new SocketAssigned(socket));

    /// <summary>Counts a client that is not served.</summary>
    public void CountRefused() => _statistics.Counters.ConnectionsRejected++;

    /// <summary>A client could not be understood, or has not understood the server.</summary>
    public void NoteTlsFailure(int index, string reason)
    {
        Session session = _connections[index]!.Session;
        _server.Log(LogLevel.Verbose, $"Error accepting a client connection: {reason} "
            + $"(addr={ClientAddress.Text(session.Remote)} laddr={ClientAddress.Text(session.Local)})");
    }

    /// <summary>The client sends nothing more. What it has sent before is still answered.</summary>
    public void NoteHalfClosed(Connection connection)
    {
        if (connection.HalfClosed) return;
        connection.HalfClosed = true;
        _halfClosed.Add(connection);
    }

    /// <summary>The transport has closed the connection.</summary>
    public void Closed(Connection connection)
    {
        connection.IsClosed = true;
        if (connection.Replies.Open == 0) Remove(connection);
    }

    /// <summary>Closes what other cores have asked to be closed.</summary>
    public void AbortClosing()
    {
        foreach (Connection connection in _closing) Abort(connection);
        _closing.Clear();
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
        if (Eviction.IsDue) Eviction.Look();
        if (_halfClosed.Count > 0) EndHalfClosed();
        for (int i = 0; i < _dirty.Count; i++)
        {
            Connection connection = _dirty[i];
            connection.IsDirty = false;
            if (connection.CloseRequested) continue;
            long length = connection.Output.Length;
            if (length > 0)
            {
                _statistics.Counters.BytesSent += length;
                _statistics.Counters.Sends++;
                _transport.Flush(connection.Index, length);
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
            if (connection.Session.Blocked) Ends.Unblock(connection);
            if ((connection.WaitsFor & WaitReason.Closing) == 0 && !connection.HasAnsweredAll) continue;
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

        connection.Replies.Complete(slot, reply, Gate.OutputOf(connection));
        MarkDirty(connection);
        NoteReplies(connection, isPush: false);
        Pipelines.Replied(connection);
        if (connection.Replies.Open > 0) return;
        connection.WaitsFor &= ~WaitReason.Barrier;
        if (connection.Input.Length > 0) Schedule(connection);
    }

    /// <summary>Sends bytes that no request asked for (pub/sub, MONITOR),
    /// in order with the replies.</summary>
    public OutputBuffer BeginPush(Connection connection) =>
        connection.IsDropped ? _nowhere
        : connection.Replies.IsActive ? connection.Replies.BeginReady() : Gate.OutputOf(connection);

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
        connection.WaitsFor |= WaitReason.Closing;
        connection.Input.Clear();
        if (connection.Replies.Open > 0 || connection.IsGated) return;
        Close(connection, abort: false);
    }

    /// <summary>Closes a connection at the start of this core's next turn;
    /// for commands on other cores that hold this one.
    /// </summary>
    public void CloseLater(Connection connection)
    {
        connection.WaitsFor |= WaitReason.Closing;
        _closing.Add(connection);
        Schedule(connection);
    }

    /// <summary>Lets clients that CLIENT PAUSE stopped go on.</summary>
    public void Unpause()
    {
        foreach (Connection? connection in _connections)
        {
            if (connection == null || (connection.WaitsFor & WaitReason.Paused) == 0) continue;
            connection.WaitsFor &= ~WaitReason.Paused;
            Schedule(connection);
        }
    }

    /// <summary>Closes clients that have been idle for longer than the timeout.</summary>
    public void Tick(ServerSettings settings)
    {
        Memory.Tick();
        Eviction.Look();
        Delayed.Tick();
        if (settings.TimeoutSeconds == 0) return;
        long oldest = _turn.NowMilliseconds - (settings.TimeoutSeconds * 1000L);
        foreach (Connection? connection in _connections)
        {
            if (connection == null || connection.Session.LastCommandMilliseconds > oldest) continue;
            if (connection.WaitsFor != WaitReason.None || connection.Replies.Open > 0) continue;
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
        connection.WaitsFor |= WaitReason.Closing;
        connection.Input.Clear();
        Gate.Forget(connection);
        Memory.Forget(connection);
        Ends.Closing(connection);
        _transport.Close(connection.Index, abort);
    }

    private void Remove(Connection connection)
    {
        _connections[connection.Index] = null;
        Count--;
        _acceptor.Removed();
        connection.Dispose();
    }

    private ParserLimits LimitsFor(bool authenticated)
    {
        ParserLimits limits = authenticated ? _limits : _strangerLimits;
        long longest = Math.Min(_turn.Settings.ProtoMaxBulkLength, _turn.Settings.ValueBytesMax);
        if (limits.ProtoMaxBulkLength != longest) limits.ProtoMaxBulkLength = longest;
        return limits;
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
