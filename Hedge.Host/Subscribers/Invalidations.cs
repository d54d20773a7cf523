using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Connections;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Resp;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Readers;

namespace Hedge.Host.Subscribers;

/// <summary>
/// Clients that keep copies of what they read, and are told when that changes (CLIENT TRACKING):
/// 1. the core that runs a client's command notes who has read its keys, in the partitions, while it holds
///    them (<see cref="ReadKeys"/>);
/// 2. whoever changes a key takes the note out, and sends a message to each reader's core, in its one order
///    with all else that goes there, and for clients with BCAST to the cores whose prefixes match;
/// 3. that core gives it to the client, behind the replies that are still to come
///    (<see cref="InvalidationPushes"/>).
/// </summary>
/// <remarks>
/// So a client that has got a key's old value is told after it: the place of the reply was taken before the
/// key was read. A message may come later than a reply with the new value; then the client reads once more.
/// What a transaction or a script changes is told at its end, like its messages (<see cref="HeldMessages"/>).
/// </remarks>
internal sealed class Invalidations : IReaderSink, ITracking, IDisposable
{
    private readonly CoreTurn _turn;
    private readonly Mail _mail;
    private readonly ConnectionTable _connections;
    private readonly PubSubHub _pubSub;
    private readonly ReadKeyLimits _limits;
    private readonly PartitionTable _partitions;
    private readonly Invalidations[] _all;
    private readonly InvalidationPushes _pushes;
    private readonly BroadcastKeys _broadcast;
    private readonly OutputBuffer _encoded = new();
    private readonly RespWriter _writer = new();
    private Request? _running;
    private long _clients;

    public Invalidations(CoreTurn turn, Mail mail, ConnectionTable connections, PubSubHub pubSub,
        CoreStorage storage, PartitionTable partitions, Invalidations[] all)
    {
        (_turn, _mail, _connections, _pubSub) = (turn, mail, connections, pubSub);
        (_partitions, _all, _limits) = (partitions, all, partitions[0].Store.Readers.Limits);
        _pushes = new InvalidationPushes(turn, connections, mail);
        _broadcast = new BroadcastKeys(_pushes);
        storage.ReaderSink = this;
        pubSub.Invalidations = this;
        all[turn.Core] = this;
    }

    /// <inheritdoc/>
    public long Clients => _all.Sum(core => Volatile.Read(ref core._clients));

    /// <inheritdoc/>
    public long Keys => _limits.Keys;

    /// <inheritdoc/>
    public long Readings => _limits.Readings;

    /// <inheritdoc/>
    public long Prefixes =>
        _all.SelectMany(core => core._broadcast.Names).Distinct(ByteStrings.Comparer).Count();

    /// <summary>True when the running command's client is told of changes of the keys it reads.</summary>
    public bool Remembers => _running!.Tracks;

    // Whose command runs; 0 for nobody's.
    private long Causer =>
        _running is not { } request ? 0 : request.Client?.Session.Id ?? request.OriginSession;

    /// <summary>A command begins, or goes on. Returns the one in which it does, for
    /// <see cref="Leave"/>.</summary>
    public Request? Enter(Request request)
    {
        Request? outer = _running;
        _running = request;
        _pushes.Running = request.Client;
        return outer;
    }

    /// <summary>Its reply is written, or it pauses.</summary>
    public void Leave(Request? outer)
    {
        _running = outer;
        _pushes.Running = outer?.Client;
        if (_pushes.AnyHeld && outer == null) _pushes.SendHeld();
        if (_broadcast.AreMany && outer == null) _broadcast.Send();
    }

    /// <summary>The running command has read a key, whose partition is held.</summary>
    public void Remember(ReadOnlySpan<byte> key)
    {
        Request request = _running!;
        KeyReader reader = request.Client is { } client
            ? new KeyReader(client.Session.Id, _turn.Core, client.Index)
            : new KeyReader(request.OriginSession, request.OriginCore, request.OriginConnection);
        _partitions[_partitions.Of(key)].Store.Readers.Add(key, reader, this);
    }

    /// <summary>The end of a turn.</summary>
    public void EndTurn()
    {
        if (_broadcast.AnyNoted) _broadcast.Send();
    }

    /// <inheritdoc/>
    public void Start(Session session, ClientTracking tracking)
    {
        Connection client = _connections.Of(session);
        bool wasBroadcast = session.Tracking is { IsBroadcast: true };
        if (session.Tracking == null) Volatile.Write(ref _clients, _clients + 1);
        session.Tracking = tracking;
        foreach (ReadOnlyMemory<byte> prefix in tracking.Prefixes) _broadcast.Add(client, prefix);
        if (tracking.IsBroadcast && !wasBroadcast) _limits.CountListeners(1);
    }

    /// <inheritdoc/>
    public void Stop(Session session)
    {
        if (session.Tracking is not { } tracking) return;
        session.Tracking = null;
        Volatile.Write(ref _clients, _clients - 1);
        if (!tracking.IsBroadcast) return;
        _broadcast.Remove(_connections.Of(session));
        _limits.CountListeners(-1);
    }

    /// <inheritdoc/>
    public void Changed(ReadOnlySpan<byte> key, in KeyReader reader, bool isOfClient)
    {
        long causer = isOfClient ? Causer : 0;
        if (_pubSub.Holding is { } holding) holding.AddChange(key, reader, causer);
        else Tell(key, reader, causer);
    }

    /// <inheritdoc/>
    public void Changed(ReadOnlySpan<byte> key, bool isOfClient)
    {
        long causer = isOfClient ? Causer : 0;
        if (_pubSub.Holding is { } holding) holding.AddChange(key, causer);
        else Tell(key, causer);
    }

    /// <inheritdoc/>
    public void ChangedEverywhere()
    {
        if (_pubSub.Holding is { } holding) holding.AddChangeOfAll();
        else TellAll();
    }

    /// <summary>Tells a reader of a key, on whatever core.</summary>
    public void Tell(ReadOnlySpan<byte> key, in KeyReader reader, long causer)
    {
        if (reader.Core == _turn.Core)
        {
            Give(key, reader.Connection, reader.Client, causer);
        }
        else
        {
            _mail.SendChange(reader.Core, new ChangeMessage
            {
                For = ChangeKind.Reader,
                Client = reader.Client,
                Connection = reader.Connection,
                Causer = causer,
            }, key);
        }
    }

    /// <summary>Tells all who ask for changes of keys with such a prefix.</summary>
    public void Tell(ReadOnlySpan<byte> key, long causer)
    {
        for (int core = 0; core < _all.Length; core++)
        {
            if (!_all[core]._broadcast.Wants(key)) continue;
            ChangeMessage message = new() { For = ChangeKind.Prefixes, Causer = causer };
            if (core == _turn.Core) _broadcast.Note(key, causer);
            else _mail.SendChange(core, message, key);
        }
    }

    /// <summary>Tells everybody that all keys may have changed.</summary>
    public void TellAll()
    {
        for (int core = 0; core < _all.Length; core++)
        {
            if (Volatile.Read(ref _all[core]._clients) == 0) continue;
            if (core == _turn.Core) GiveAll();
            else _mail.SendChange(core, new ChangeMessage { For = ChangeKind.Everybody }, default);
        }
    }

    /// <summary>Takes a message of another core.</summary>
    public void Take(int sender, in ChangeMessage message, ReadOnlySpan<byte> content)
    {
        switch (message.For)
        {
            case ChangeKind.Reader:
                Give(content, message.Connection, message.Client, message.Causer);
                break;
            case ChangeKind.Prefixes:
                _broadcast.Note(content, message.Causer);
                break;
            case ChangeKind.Everybody:
                GiveAll();
                break;
            case ChangeKind.Redirected:
                if (_pushes.TrySendRedirected(message.Connection, message.Client, content)) break;
                _mail.SendChange(sender, new ChangeMessage
                {
                    For = ChangeKind.Broken,
                    Client = message.Causer,
                    Connection = message.CauserConnection,
                    Causer = message.Client,
                }, default);
                break;
            default:
                // The client may have asked for something else since.
                if (Find(message.Connection, message.Client) is { } client
                    && client.Session.Tracking!.Redirect == message.Causer)
                    _pushes.SendBroken(client);
                break;
        }
    }

    public void Dispose()
    {
        _pushes.Dispose();
        _broadcast.Dispose();
        _encoded.Dispose();
    }

    private void Give(ReadOnlySpan<byte> key, int connection, long client, long causer)
    {
        if (Find(connection, client) is not { } reader) return;
        ClientTracking tracking = reader.Session.Tracking!;
        if (tracking.IsBroadcast) return;
        if (tracking.IsNoLoop && causer == client) return;
        _encoded.Rewind(0);
        _writer.Reset(_encoded, 2);
        _writer.ArrayHeader(1);
        _writer.Bulk(key);
        _pushes.Send(reader, _encoded.Unread);
    }

    private void GiveAll()
    {
        foreach (Connection client in _connections.All)
            if (client is { Session.Tracking: not null, IsGone: false }) _pushes.Send(client, default);
    }

    private Connection? Find(int connection, long client) =>
        _connections.Find(connection, client) is { IsGone: false, Session.Tracking: not null } found
            ? found : null;
}
