using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Servers;
using Hedge.Host.Settings;

namespace Hedge.Host.Connections;

/// <summary>
/// Bounds what a core holds for its clients: replies they have not read, and requests that can't be run yet.
/// <code>
/// unread replies   1. above client-output-buffer-limit: the client is disconnected
///                  2. above 3 GiB, whatever the settings: the client is disconnected
///                  3. all clients' together above the core's share (memory / 8 / cores): clients with more
///                     than 1 MiB unread have nothing run until they have read; a push disconnects them
/// waiting requests 4. above client-query-buffer-limit or 1920 MiB: the client is disconnected; the former
///                     holds for the commands queued between MULTI and EXEC, too
///                  5. of a client whose requests are not run for another reason than unread replies:
///                     above 1 MiB nothing is received
///                  6. all clients' together above the core's share (memory / 4 / cores): nothing is
///                     received from clients that don't read; of several with an unfinished request above
///                     1 MiB the one with the longest is disconnected
/// </code>
/// So a client may write a long pipeline before it reads the first reply: as long as there is memory for
/// both, it is neither stopped nor in the way of others.
/// </summary>
internal sealed class ClientMemory(CoreTurn turn, Server server, ConnectionTable connections,
    ByteCount queued, int cores)
{
    /// <summary>Buffers below this are not counted.</summary>
    public const int CountedBytesMin = 16 * 1024;

    private const long BigBytes = 1 << 20;

    /// <summary>Most unread bytes of one client beside which anything is run, whatever memory there
    /// is.</summary>
    private const long UnreadBytesMax = 1 << 30;

    /// <summary>Most unread bytes of one client: above the limit before, one reply. Only replies to several
    /// requests that were on their way at the same time can exceed it.</summary>
    private const long KeptBytesMax = UnreadBytesMax + Server.ReplyBytesLimit;

    /// <summary>Most bytes that wait of one client, whatever the settings say: they stand in one
    /// piece.</summary>
    private const long WaitingBytesMax = 15L << 27;

    // What is queued takes as much again and more when it is run.
    private const int QueuedDivisor = 3;

    private readonly List<Connection> _counted = [];
    private readonly List<Connection> _held = [];
    private long _unread;
    private long _waiting;
    private long _recounted;

    /// <summary>True when nothing more can be queued: the command is refused, and so the transaction, as
    /// Redis does when it is above maxmemory.</summary>
    public bool IsQueueFull =>
        queued.Bytes > turn.Settings.MemoryBudgetBytes / QueuedDivisor;

    /// <summary>What is counted at present, of unread replies and of requests that wait.</summary>
    public long CountedBytes => _unread + _waiting;

    /// <summary>True when clients are held because they don't read.</summary>
    public bool AnyHeld => _held.Count > 0;

    private long UnreadShare => turn.Settings.MemoryBudgetBytes / 8 / cores;

    private long WaitingShare => turn.Settings.MemoryBudgetBytes / 4 / cores;

    /// <summary>The client's replies have grown.</summary>
    /// <param name="connection">The client.</param>
    /// <param name="isPush">It did not ask for them (pub/sub, MONITOR), so holding its requests is no
    /// help.</param>
    public void RepliesGrew(Connection connection, bool isPush)
    {
        if (connection.CloseRequested || connection.IsDropped) return;
        long unread = connection.UnreadBytes;
        if (unread > KeptBytesMax)
        {
            Disconnect(connection, "its replies are more than the server keeps for a client");
            return;
        }

        if ((connection.WaitsFor & WaitReason.Closing) != 0) return;
        Count(connection);
        if (IsOverLimit(connection, unread))
        {
            Disconnect(connection, "it has left more replies unread than client-output-buffer-limit allows");
            return;
        }

        if (unread <= BigBytes || (unread <= UnreadBytesMax && !IsUnreadOverShare())) return;
        if (isPush)
        {
            Disconnect(connection,
                "memory for unread replies is used up, and it does not read what is pushed to it");
        }
        else if ((connection.WaitsFor & WaitReason.Unread) == 0)
        {
            connection.WaitsFor |= WaitReason.Unread;
            _held.Add(connection);
        }
    }

    /// <summary>The client's requests that wait have grown. False when it is disconnected for that.</summary>
    public bool RequestsGrew(Connection connection)
    {
        long waiting = connection.Input.Length;
        long most = Math.Min(turn.Settings.ClientQueryBufferBytes, WaitingBytesMax);
        if (waiting > most)
        {
            Tell(connection, "its requests exceed client-query-buffer-limit");
            connections.Abort(connection);
            return false;
        }

        if (waiting < CountedBytesMin) return true;
        Count(connection);
        if (waiting <= BigBytes || connection.WaitsFor != WaitReason.None) return true;
        if (!IsWaitingOverShare()) return true;
        Connection? longest = LongestRequest();
        if (longest != null)
            Disconnect(longest, "unfinished requests of several clients use up the memory for them");
        return true;
    }

    /// <summary>The client has queued a command: between MULTI and EXEC the limit of a request holds for all
    /// of them.</summary>
    public void TransactionGrew(Connection connection)
    {
        if (connection.Session.Transaction!.HeldBytes > turn.Settings.ClientQueryBufferBytes)
            Disconnect(connection, "its transaction exceeds client-query-buffer-limit");
    }

    /// <summary>True when nothing more should be received from a client whose requests are not run.</summary>
    public bool StopsReceiving(Connection connection)
    {
        if (connection.Input.Length <= BigBytes) return false;
        return connection.WaitsFor != WaitReason.Unread || IsWaitingOverShare();
    }

    /// <summary>End of a turn: clients that have read enough go on.</summary>
    public void Resume()
    {
        bool over = IsUnreadOverShare();
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            Connection connection = _held[i];
            long unread = connection.UnreadBytes;
            bool stays = unread > BigBytes / 2 && (over || unread > UnreadBytesMax);
            if (stays && !connection.CloseRequested) continue;
            connection.WaitsFor &= ~WaitReason.Unread;
            _held[i] = _held[^1];
            _held.RemoveAt(_held.Count - 1);
            if (!connection.CloseRequested) connections.Schedule(connection);
        }
    }

    /// <summary>Timer: counts anew, and looks after soft limits.</summary>
    public void Tick()
    {
        for (int i = _counted.Count - 1; i >= 0; i--)
        {
            Connection connection = _counted[i];
            if (IsOverLimit(connection, connection.UnreadBytes))
                Disconnect(connection,
                    "it has left replies unread for longer than client-output-buffer-limit allows");
        }

        Recount();
    }

    /// <summary>The connection is being closed.</summary>
    public void Forget(Connection connection)
    {
        if (!connection.IsCounted) return;
        connection.IsCounted = false;
        _counted.Remove(connection);
        _unread -= connection.CountedUnread;
        _waiting -= connection.CountedWaiting;
        connection.CountedUnread = connection.CountedWaiting = 0;
    }

    private bool IsOverLimit(Connection connection, long unread)
    {
        OutputLimits limits = turn.Settings.OutputLimits;
        OutputLimit limit = connection.Session.Subscriptions is { Any: true } ? limits.PubSub : limits.Normal;
        if (limit.HardBytes > 0 && unread >= limit.HardBytes) return true;
        if (limit.SoftBytes == 0 || unread < limit.SoftBytes)
        {
            connection.OverSoftLimitSince = 0;
            return false;
        }

        if (connection.OverSoftLimitSince == 0) connection.OverSoftLimitSince = turn.NowMicroseconds;
        return turn.NowMicroseconds - connection.OverSoftLimitSince > limit.SoftSeconds * 1_000_000L;
    }

    private bool IsUnreadOverShare()
    {
        if (_unread <= UnreadShare) return false;
        RecountOnce();
        return _unread > UnreadShare;
    }

    private bool IsWaitingOverShare()
    {
        if (_waiting <= WaitingShare) return false;
        RecountOnce();
        return _waiting > WaitingShare;
    }

    private void Count(Connection connection)
    {
        long unread = connection.UnreadBytes;
        long waiting = connection.Input.Length;
        _unread += unread - connection.CountedUnread;
        _waiting += waiting - connection.CountedWaiting;
        connection.CountedUnread = unread;
        connection.CountedWaiting = waiting;
        if (connection.IsCounted) return;
        connection.IsCounted = true;
        _counted.Add(connection);
    }

    /// <summary>Counts anew, once per turn: buffers get shorter without notice.</summary>
    private void RecountOnce()
    {
        if (_recounted == turn.NowMicroseconds) return;
        Recount();
    }

    private void Recount()
    {
        _recounted = turn.NowMicroseconds;
        for (int i = _counted.Count - 1; i >= 0; i--)
        {
            Connection connection = _counted[i];
            Count(connection);
            if (Math.Max(connection.CountedUnread, connection.CountedWaiting) >= CountedBytesMin) continue;
            connection.OverSoftLimitSince = 0;
            Forget(connection);
        }
    }

    /// <summary>The client with the longest unfinished request, when at least two have a long one.</summary>
    private Connection? LongestRequest()
    {
        Connection? longest = null;
        int big = 0;
        foreach (Connection connection in _counted)
        {
            if (connection.Input.Length <= BigBytes) continue;
            if ((connection.WaitsFor & WaitReason.Closing) != 0) continue;
            big++;
            if (longest == null || connection.Input.Length > longest.Input.Length) longest = connection;
        }

        return big > 1 ? longest : null;
    }

    /// <summary>Disconnects a client at the start of the next turn, and logs why.</summary>
    public void Disconnect(Connection connection, string reason)
    {
        if (connection.CloseRequested || connection.IsDropped) return;
        connection.IsDropped = true;
        Tell(connection, reason);
        connections.CloseLater(connection);
    }

    private void Tell(Connection connection, string reason)
    {
        var line = new StringBuilder("A client is disconnected: ").Append(reason).Append(": ");
        connection.UpdateFigures();
        Session session = connection.Session;
        ClientLine.Append(line, session, turn.NowMilliseconds, session.LastCommand);
        server.Log(LogLevel.Warning, line.ToString().TrimEnd('\n'));
    }
}
