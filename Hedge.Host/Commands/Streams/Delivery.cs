using Hedge.Host.Declarations;
using Hedge.Storage.Cores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>
/// What XREADGROUP gives a consumer of one stream: new entries, or those that are pending at it.
/// <code>
/// TryPrepare   reads all that the others need
/// Reply        replies, and notes the ids
/// Write        moves the group on, makes the entries pending
/// Release      ends that they are pending at others
/// </code>
/// </summary>
internal sealed class Delivery(CommandContext context, StoredStream stream, ReadArguments arguments)
{
    private readonly List<StreamId> _ids = [];
    private readonly List<(StreamId Id, uint Consumer)> _released = [];
    private StreamHead _head;
    private StreamGroup _group;
    private StreamConsumer _consumer;
    private bool _hasConsumer;
    private bool _areFresh;
    private long _from;
    private long _to;

    /// <summary>The key's argument.</summary>
    public required int KeyAt { get; init; }

    /// <summary>The entries after it; <see cref="StreamId.Max"/> for those that are new to the
    /// group.</summary>
    public required StreamId After { get; init; }

    /// <summary>How often the key was named so far.</summary>
    public required int Times { get; init; }

    /// <summary>True when there is a reply even without entries.</summary>
    public bool IsForced { get; init; }

    /// <summary>The stream.</summary>
    public StoredStream Stream => stream;

    private bool IsNew => After == StreamId.Max;

    private ReadOnlySpan<byte> GroupName => context.Argument(arguments.GroupAt);

    private ReadOnlySpan<byte> ConsumerName => context.Argument(arguments.GroupAt + 1);

    // A new consumer will have the group's next number.
    private uint Number => _hasConsumer ? _consumer.Number : _group.NextConsumer;

    /// <summary>Reads all that the delivery needs, and what the same key needs that is named again.</summary>
    /// <param name="isServed">True when there is something to reply.</param>
    public bool TryPrepare(out bool isServed)
    {
        long count = arguments.Count > long.MaxValue / Times ? long.MaxValue : arguments.Count * Times;
        isServed = false;
        if (!TryFindStretch(count)) return false;
        isServed = IsServed;
        return IsNew ? TryPrepareNew() : TryPrepareHistory();
    }

    /// <summary>Replies. False when there is nothing to reply.</summary>
    public bool TryReply()
    {
        // What came before has changed only a key that was named before.
        if (Times > 1) TryFindStretch(arguments.Count);
        if (!IsServed) return false;
        EntryRead.Name(context.Reply, context.Argument(KeyAt));
        if (IsNew) ReplyNew();
        else ReplyHistory();
        return true;
    }

    /// <summary>Writes what has changed by the delivery.</summary>
    public void Write()
    {
        stream.Collection.Told = KeyAudience.Nobody;
        long now = context.NowMilliseconds;
        bool isActive = IsNew && !arguments.NoAck && _ids.Count > 0;
        SetConsumer(isActive);
        if (!IsNew)
        {
            foreach (StreamId id in _ids)
            {
                stream.Pending.TryFind(_group, id, out _, out StreamPending pending);
                stream.Pending.Set(_group, id,
                    pending with { DeliveredAt = now, Deliveries = pending.Deliveries + 1 });
            }

            return;
        }

        foreach (StreamId id in _ids) _group = GroupProgress.Advance(_group, _head, id);
        if (_ids.Count > 0) stream.Groups.Set(GroupName, _group);
        if (arguments.NoAck) return;
        foreach (StreamId id in _ids)
        {
            bool isThere = false;
            StreamPending old = default;
            if (!_areFresh) stream.Pending.TryFind(_group, id, out isThere, out old);
            stream.Pending.Set(_group, id, new StreamPending(Number, now, 1));
            if (isThere && old.Consumer != Number) _released.Add((id, old.Consumer));
        }
    }

    /// <summary>After everything was written: ends that the entries are pending at other consumers.</summary>
    public void Release()
    {
        foreach ((StreamId id, uint consumer) in _released) stream.Pending.Remove(_group, consumer, id);
    }

    /// <summary>Notes that the consumer has asked, for nothing.</summary>
    public void NoteSeen()
    {
        if (!_hasConsumer) return;
        stream.Collection.Told = KeyAudience.Nobody;
        SetConsumer(isActive: false);
    }

    private bool IsServed => !IsNew || IsForced || _to > _from;

    private bool TryFindStretch(long count)
    {
        bool isRead = stream.TryOpen(out _head) & stream.Groups.TryFind(GroupName, out _, out _group);
        isRead &= stream.Groups.TryFindConsumer(_group, ConsumerName, out _hasConsumer, out _consumer);
        if (!isRead) return false;
        if (IsNew) return EntryRead.TryStretch(stream, _head, _group.LastId, count, out _from, out _to);
        _from = _to = 0;
        if (!_hasConsumer) return true;
        isRead = stream.Pending.TryCountBefore(_group, Number, After, after: true, out _from)
            & stream.Pending.TryCount(_group, Number, out _to);
        if (count > 0 && _to - _from > count) _to = _from + count;
        return isRead && stream.Pending.TryRead(_group, Number, _from, _to);
    }

    private bool TryPrepareNew()
    {
        if (arguments.NoAck || _to <= _from) return true;
        if (!stream.TryAt(_from, out StreamId first, out _)) return false;
        bool isRead = stream.Pending.TryCountBefore(_group, first, after: false, out long before)
            & stream.Pending.TryCount(_group, out long pending);
        if (!isRead) return false;
        _areFresh = before == pending;
        // They all go to the place behind what is pending already.
        if (_areFresh) return stream.Pending.TryPrepare(_group, Number, first);
        using StoredStream.Walk walk = stream.Entries(_from);
        for (long i = _from; i < _to && walk.TryNext(out StreamId id, out _); i++)
        {
            isRead &= stream.Pending.TryFind(_group, id, out bool isThere, out StreamPending old)
                & stream.Pending.TryPrepare(_group, Number, id);
            if (isThere) isRead &= stream.Pending.TryPrepare(_group, old.Consumer, id);
        }

        return isRead;
    }

    private bool TryPrepareHistory()
    {
        if (_to <= _from) return true;
        bool isRead = true;
        using StoredPending.Walk walk = stream.Pending.Of(_group, Number, _from);
        for (long i = _from; i < _to && walk.TryNext(out StreamId id); i++)
        {
            isRead &= stream.TryFind(id, out _, out _)
                & stream.Pending.TryPrepare(_group, Number, id);
        }

        return isRead;
    }

    private void ReplyNew()
    {
        StreamId[] ids = new StreamId[Math.Max(0, _to - _from)];
        EntryReply.Write(context.Reply, stream, _from, _to, isBackwards: false, ids);
        _ids.AddRange(ids);
    }

    // What is pending and was deleted is shown without fields, and does not count as delivered again.
    private void ReplyHistory()
    {
        long count = Math.Max(0, _to - _from);
        context.Reply.ArrayHeader((int)count);
        if (count == 0) return;
        using StoredPending.Walk walk = stream.Pending.Of(_group, Number, _from);
        for (; count > 0 && walk.TryNext(out StreamId id); count--)
        {
            stream.TryFind(id, out bool isThere, out ReadOnlySpan<byte> content);
            if (isThere)
            {
                EntryReply.Write(context.Reply, id, content);
                _ids.Add(id);
                continue;
            }

            context.Reply.ArrayHeader(2);
            StreamIds.Reply(context.Reply, id);
            context.Reply.NullArray();
        }
    }

    private void SetConsumer(bool isActive)
    {
        long now = context.NowMilliseconds;
        if (_hasConsumer)
        {
            _consumer = _consumer with { SeenAt = now, ActiveAt = isActive ? now : _consumer.ActiveAt };
            stream.Groups.SetConsumer(_group, ConsumerName, _consumer);
            return;
        }

        _consumer = stream.Groups.CreateConsumer(GroupName, ref _group, ConsumerName, now,
            isActive ? now : -1);
        _hasConsumer = true;
        context.Notify(KeyspaceEvents.Stream, "xgroup-createconsumer"u8, context.Argument(KeyAt));
    }
}
