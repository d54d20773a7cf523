using System.Globalization;
using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Sessions;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Cores;

/// <summary>
/// A core's subscribers, and the way of a message to them. A message reaches the publisher's own core's
/// subscribers at once; PUBLISH, whose reply is the number of receivers on all cores, runs while the other
/// cores stand still when one of them has subscribers; keyspace events go to them as messages.
/// </summary>
internal sealed class PubSubHub(CoreLoop loop)
{
    private readonly RespWriter _writer = new();
    private int _listening;

    /// <summary>Channel subscriptions of this core's clients.</summary>
    public SubscriberTable Channels { get; } = new();

    /// <summary>Pattern subscriptions of this core's clients.</summary>
    public SubscriberTable Patterns { get; } = new();

    /// <summary>Shard channel subscriptions of this core's clients.</summary>
    public SubscriberTable ShardChannels { get; } = new();

    /// <summary>True when clients of another core are subscribed to anything.</summary>
    public bool OtherCoresListen
    {
        get
        {
            foreach (CoreLoop other in loop.Group.Loops)
            {
                if (other != loop && Volatile.Read(ref other.PubSub._listening) > 0) return true;
            }

            return false;
        }
    }

    /// <summary>Adds a subscription; false when the client had it.</summary>
    public bool Subscribe(Session session, HashSet<ReadOnlyMemory<byte>> own, SubscriberTable table,
        ReadOnlySpan<byte> name)
    {
        ReadOnlyMemory<byte> kept = name.ToArray();
        if (!own.Add(kept)) return false;
        table.Add(kept, loop.Connections.Of(session));
        Volatile.Write(ref _listening, _listening + 1);
        return true;
    }

    /// <summary>Removes a subscription; false when the client did not have it.</summary>
    public bool Unsubscribe(Session session, HashSet<ReadOnlyMemory<byte>> own, SubscriberTable table,
        ReadOnlyMemory<byte> name)
    {
        if (!own.Remove(name)) return false;
        table.Remove(name, loop.Connections.Of(session));
        Volatile.Write(ref _listening, _listening - 1);
        return true;
    }

    /// <summary>Removes all of a client's subscriptions.</summary>
    public void UnsubscribeAll(Session session)
    {
        if (session.Subscriptions is not { } own) return;
        foreach (ReadOnlyMemory<byte> name in own.ChannelSet.ToArray())
            Unsubscribe(session, own.ChannelSet, Channels, name);
        foreach (ReadOnlyMemory<byte> name in own.PatternSet.ToArray())
            Unsubscribe(session, own.PatternSet, Patterns, name);
        foreach (ReadOnlyMemory<byte> name in own.ShardChannelSet.ToArray())
            Unsubscribe(session, own.ShardChannelSet, ShardChannels, name);
    }

    /// <summary>PUBLISH: to the subscribers of all cores, which stand still where they have any.
    /// Returns how many.</summary>
    public int Publish(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        int receivers = 0;
        foreach (CoreLoop core in loop.Group.Loops)
        {
            if (core == loop || Volatile.Read(ref core.PubSub._listening) > 0)
                receivers += core.PubSub.Deliver(channel, message);
        }

        return receivers;
    }

    /// <summary>SPUBLISH: as <see cref="Publish"/>, for shard channels.</summary>
    public int PublishSharded(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        int receivers = 0;
        foreach (CoreLoop core in loop.Group.Loops)
        {
            if (core.PubSub.ShardChannels.Find(channel) is not { } subscribers) continue;
            foreach (Connection subscriber in subscribers)
                core.PubSub.Push(subscriber, "smessage"u8, default, channel, message);
            receivers += subscribers.Count;
        }

        return receivers;
    }

    /// <summary>Gives a message to this core's subscribers. Returns how many.</summary>
    public int Deliver(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        int receivers = 0;
        if (Channels.Find(channel) is { } subscribers)
        {
            foreach (Connection subscriber in subscribers)
                Push(subscriber, "message"u8, default, channel, message);
            receivers += subscribers.Count;
        }

        foreach ((ReadOnlyMemory<byte> pattern, List<Connection> listeners) in Patterns.All)
        {
            if (!Glob.Matches(pattern.Span, channel)) continue;
            foreach (Connection listener in listeners)
                Push(listener, "pmessage"u8, pattern.Span, channel, message);
            receivers += listeners.Count;
        }

        return receivers;
    }

    /// <summary>A keyspace event has happened: publishes it as notify-keyspace-events says.</summary>
    public void Notify(KeyspaceEvents kind, ReadOnlySpan<byte> keyEvent, ReadOnlySpan<byte> key, int database)
    {
        KeyspaceEvents wanted = loop.Group.Server.Settings.Current.NotifyKeyspaceEvents;
        if ((wanted & kind) == 0) return;
        string number = database.ToString(CultureInfo.InvariantCulture);
        if ((wanted & KeyspaceEvents.Keyspace) != 0) Announce($"__keyspace@{number}__:", key, keyEvent);
        if ((wanted & KeyspaceEvents.KeyEvent) != 0) Announce($"__keyevent@{number}__:", keyEvent, key);
    }

    private void Announce(string prefix, ReadOnlySpan<byte> name, ReadOnlySpan<byte> message)
    {
        byte[] channel = [.. Encoding.ASCII.GetBytes(prefix), .. name];
        Deliver(channel, message);
        if (!OtherCoresListen) return;
        var published = new MessagePublished(channel, message.ToArray());
        for (int core = 0; core < loop.Group.Count; core++)
        {
            if (core != loop.Index) loop.Mail.Send(core, published);
        }
    }

    private void Push(Connection subscriber, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> pattern,
        ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        if (subscriber.IsDropped) return;
        OutputBuffer output = loop.Connections.BeginPush(subscriber);
        long before = output.Length;
        bool isPattern = kind.Length == "pmessage".Length && kind[0] == 'p';
        _writer.Reset(output, subscriber.Session.Protocol);
        _writer.PushHeader(isPattern ? 4 : 3);
        _writer.Bulk(kind);
        if (isPattern) _writer.Bulk(pattern);
        _writer.Bulk(channel);
        _writer.Bulk(message);
        loop.Connections.EndPush(subscriber, output.Length - before);
    }

    /// <summary>A keyspace event on its way to another core's subscribers.</summary>
    private sealed class MessagePublished(ReadOnlyMemory<byte> channel, ReadOnlyMemory<byte> message)
        : ControlMessage
    {
        public override void Deliver(CoreLoop receiver, int sender) =>
            receiver.PubSub.Deliver(channel.Span, message.Span);
    }
}
