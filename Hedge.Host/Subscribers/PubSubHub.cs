using System.Buffers;
using System.Buffers.Text;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Connections;
using Hedge.Host.Declarations;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Subscribers;

/// <summary>
/// A core's subscribers, and the way of a message to them:
/// 1. the publisher's core gives it to its own subscribers;
/// 2. it sends it to every core that may have some, in its one order with all else that goes there, and under
///    appendfsync always not before what the publisher has written is durable;
/// 3. PUBLISH's reply keeps its place in the client's order until those cores have said how many received it.
/// </summary>
/// <remarks>
/// A transaction's messages are held until its end (<see cref="HeldMessages"/>). Its PUBLISH needs the number
/// at once: the other cores stand still and are counted there. Keyspace events are sent without gathering.
/// </remarks>
internal sealed class PubSubHub(CoreTurn turn, Server server, CoreLinks links, Mail mail,
    ConnectionTable connections, RunningLease running, PubSubHub[] hubs) : IPubSub, IDisposable
{
    /// <summary>The answer of <see cref="Publish"/> when the reply comes later.</summary>
    private const int IsGathered = -1;

    private readonly RespWriter _writer = new();
    private readonly OutputBuffer _push = new();
    private readonly OutputBuffer _channel = new();
    private bool _gathers;

    // What the PUBLISH that runs has sent: its gather, receivers on this core, cores that will answer.
    private int _gather;
    private int _receivers;
    private int _asked;

    /// <summary>Channel subscriptions of this core's clients.</summary>
    public SubscriberTable Channels { get; } = new();

    /// <summary>Pattern subscriptions of this core's clients.</summary>
    public SubscriberTable Patterns { get; } = new();

    /// <summary>Shard channel subscriptions of this core's clients.</summary>
    public SubscriberTable ShardChannels { get; } = new();

    /// <summary>Takes the messages of the transaction that runs now; null outside of one.</summary>
    public HeldMessages? Holding { get; set; }

    /// <summary>Tells clients of changes of keys. Set once.</summary>
    public Invalidations Invalidations { get; set; } = null!;

    /// <summary>PUBLISH commands that wait for other cores' numbers.</summary>
    public PendingPublishes Pending { get; } = new(connections);

    /// <summary>True while a command runs for which all other cores stand still.</summary>
    private bool OthersStandStill => running.Lease is { WholeCores: true };

    /// <summary>What other cores may know of the subscriptions.</summary>
    private SubscriptionCounts SubscriptionCounts { get; } = new();

    /// <summary>True when clients of another core are subscribed to anything.</summary>
    public bool AnyOtherListens
    {
        get
        {
            for (int core = 0; core < links.Count; core++)
                if (core != turn.Core && hubs[core].SubscriptionCounts.Any) return true;
            return false;
        }
    }

    /// <summary>True when clients of another core may be subscribed to the channel.</summary>
    public bool OthersListen(ReadOnlySpan<byte> channel, bool isSharded)
    {
        int cell = SubscriptionCounts.CellOf(channel);
        for (int core = 0; core < links.Count; core++)
            if (MayListen(core, cell, isSharded)) return true;
        return false;
    }

    /// <summary>Adds a subscription; false when the client had it.</summary>
    public bool Subscribe(Session session, SubscriptionKind kind, ReadOnlySpan<byte> name)
    {
        ReadOnlyMemory<byte> kept = name.ToArray();
        if (!session.Subscriptions!.NamesOf(kind).Add(kept)) return false;
        TableOf(kind).Add(kept, connections.Of(session));
        SubscriptionCounts.Count(kind, name, 1);
        return true;
    }

    /// <summary>Removes a subscription; false when the client did not have it.</summary>
    public bool Unsubscribe(Session session, SubscriptionKind kind, ReadOnlyMemory<byte> name)
    {
        if (!session.Subscriptions!.NamesOf(kind).Remove(name)) return false;
        TableOf(kind).Remove(name, connections.Of(session));
        SubscriptionCounts.Count(kind, name.Span, -1);
        return true;
    }

    /// <summary>Removes all of a client's subscriptions.</summary>
    public void UnsubscribeAll(Session session)
    {
        if (session.Subscriptions is not { } own) return;
        foreach (SubscriptionKind kind in Enum.GetValues<SubscriptionKind>())
        {
            foreach (ReadOnlyMemory<byte> name in own.NamesOf(kind).ToArray())
                Unsubscribe(session, kind, name);
        }
    }

    /// <summary>A client's PUBLISH or SPUBLISH, outside of a transaction, is about to run. False: a mailbox
    /// is full; it is tried again.</summary>
    public bool TryBegin(Connection client)
    {
        if (!HaveRoom())
        {
            client.WaitsFor |= WaitReason.Retry;
            connections.Schedule(client);
            return false;
        }

        _gathers = client.Session.ReplyMode == ReplyMode.On;
        _asked = 0;
        return true;
    }

    /// <summary>It has run: its reply waits until the other cores have answered.</summary>
    public void End(Connection client)
    {
        if (_asked > 0) Pending.Await(_gather, client, _receivers, _asked);
    }

    /// <inheritdoc/>
    public HashSet<ReadOnlyMemory<byte>> NamesOnAllCores(SubscriptionKind kind)
    {
        var names = new HashSet<ReadOnlyMemory<byte>>(ByteStrings.Comparer);
        foreach (PubSubHub hub in hubs) names.UnionWith(hub.TableOf(kind).Names);
        return names;
    }

    /// <inheritdoc/>
    public int SubscribersOnAllCores(SubscriptionKind kind, ReadOnlySpan<byte> name)
    {
        int count = 0;
        foreach (PubSubHub hub in hubs) count += hub.TableOf(kind).Find(name)?.Count ?? 0;
        return count;
    }

    /// <summary>PUBLISH, SPUBLISH: to the subscribers of all cores. Returns how many, or a negative number
    /// when other cores have to be asked: then the reply comes later.</summary>
    public int Publish(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded)
    {
        if (Holding is { } holding)
        {
            holding.Add(channel, message, isSharded);
            return CountAll(channel, isSharded);
        }

        int receivers = Deliver(channel, message, isSharded);
        SendToOthers(channel, message, isSharded, _gathers);
        if (_asked == 0) return receivers;
        _receivers = receivers;
        return IsGathered;
    }

    /// <summary>Gives a message to the subscribers of all cores.</summary>
    public void Send(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded)
    {
        Deliver(channel, message, isSharded);
        SendToOthers(channel, message, isSharded, gathers: false);
    }

    /// <summary>Gives a message to this core's subscribers. Returns how many.</summary>
    public int Deliver(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded)
    {
        SubscriberTable table = isSharded ? ShardChannels : Channels;
        int receivers = 0;
        if (table.Find(channel) is { } subscribers)
        {
            Encode(isSharded ? "smessage"u8 : "message"u8, default, channel, message);
            receivers += PushTo(subscribers);
        }

        if (isSharded || Patterns.All.Count == 0) return receivers;
        foreach ((ReadOnlyMemory<byte> pattern, List<Connection> listeners) in Patterns.All)
        {
            if (!Glob.Matches(pattern.Span, channel)) continue;
            Encode("pmessage"u8, pattern.Span, channel, message);
            receivers += PushTo(listeners);
        }

        return receivers;
    }

    /// <summary>A keyspace event has happened: publishes it as notify-keyspace-events says.</summary>
    public void Notify(KeyspaceEvents kind, ReadOnlySpan<byte> keyEvent, ReadOnlySpan<byte> key, int database)
    {
        KeyspaceEvents wanted = server.Settings.Current.NotifyKeyspaceEvents;
        if ((wanted & kind) == 0 || !AnybodyListens()) return;
        if ((wanted & KeyspaceEvents.Keyspace) != 0) Announce("__keyspace@"u8, database, key, keyEvent);
        if ((wanted & KeyspaceEvents.KeyEvent) != 0) Announce("__keyevent@"u8, database, keyEvent, key);
    }

    public void Dispose()
    {
        _push.Dispose();
        _channel.Dispose();
    }

    private void Announce(ReadOnlySpan<byte> prefix, int database, ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> message)
    {
        _channel.Rewind(0);
        _channel.Write(prefix);
        Utf8Formatter.TryFormat(database, _channel.GetSpan(11), out int digits);
        _channel.Advance(digits);
        _channel.Write("__:"u8);
        _channel.Write(name);
        ReadOnlySpan<byte> channel = _channel.Unread;
        if (Holding is { } holding) holding.Add(channel, message, isSharded: false);
        else Send(channel, message, isSharded: false);
    }

    private bool AnybodyListens()
    {
        foreach (PubSubHub hub in hubs)
        {
            if (hub.SubscriptionCounts.Any) return true;
        }

        return false;
    }

    private bool HaveRoom()
    {
        for (int core = 0; core < links.Count; core++)
        {
            if (core != turn.Core && !links.Outbox(turn.Core, core).IsEmpty) return false;
        }

        return true;
    }

    private void SendToOthers(
        ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded, bool gathers)
    {
        int cell = SubscriptionCounts.CellOf(channel);
        for (int core = 0; core < links.Count; core++)
        {
            if (!MayListen(core, cell, isSharded)) continue;
            if (gathers && _asked++ == 0) _gather = Pending.Begin();
            mail.SendMessage(core, channel, message, isSharded, gathers ? _gather : Mail.NoGather);
        }
    }

    // True of another core that may have subscribers.
    private bool MayListen(int core, int cell, bool isSharded) =>
        core != turn.Core && hubs[core].SubscriptionCounts.MayHave(cell, isSharded);

    // Counts other cores' clients only while these cores stand still. They go on when nobody listened there
    // as the command began: a client that has subscribed since may as well have come later.
    private int CountAll(ReadOnlySpan<byte> channel, bool isSharded)
    {
        if (!OthersStandStill) return CountOf(channel, isSharded);
        int receivers = 0;
        foreach (PubSubHub hub in hubs) receivers += hub.CountOf(channel, isSharded);
        return receivers;
    }

    /// <summary>How many of this core's clients would receive a message; the core stands still.</summary>
    private int CountOf(ReadOnlySpan<byte> channel, bool isSharded)
    {
        if (isSharded) return ShardChannels.Find(channel)?.Count ?? 0;
        int receivers = Channels.Find(channel)?.Count ?? 0;
        foreach ((ReadOnlyMemory<byte> pattern, List<Connection> listeners) in Patterns.All)
        {
            if (Glob.Matches(pattern.Span, channel)) receivers += listeners.Count;
        }

        return receivers;
    }

    /// <summary>Writes the push once for all its receivers, as RESP3 has it.</summary>
    private void Encode(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> channel,
        ReadOnlySpan<byte> message)
    {
        bool isPattern = kind[0] == 'p';
        _writer.Reset(_push, protocol: 3);
        _writer.PushHeader(isPattern ? 4 : 3);
        _writer.Bulk(kind);
        if (isPattern) _writer.Bulk(pattern);
        _writer.Bulk(channel);
        _writer.Bulk(message);
    }

    private int PushTo(List<Connection> subscribers)
    {
        ReadOnlySpan<byte> push = _push.Unread;
        foreach (Connection subscriber in subscribers)
        {
            // One that is being closed has seen its last reply.
            if ((subscriber.WaitsFor & WaitReason.Closing) != 0) continue;
            OutputBuffer output = connections.BeginPush(subscriber);
            Span<byte> to = output.GetSpan(push.Length);
            push.CopyTo(to);
            // The two protocols differ in the first byte only.
            if (subscriber.Session.Protocol == 2) to[0] = (byte)'*';
            output.Advance(push.Length);
            connections.EndPush(subscriber, push.Length);
        }

        _push.Take(push.Length);
        return subscribers.Count;
    }

    private SubscriberTable TableOf(SubscriptionKind kind) => kind switch
    {
        SubscriptionKind.Channel => Channels,
        SubscriptionKind.Pattern => Patterns,
        _ => ShardChannels,
    };
}
