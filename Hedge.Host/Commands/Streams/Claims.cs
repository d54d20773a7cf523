using Hedge.Host.Declarations;
using Hedge.Storage.Cores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>
/// Entries that a consumer takes over from others (XCLAIM, XAUTOCLAIM). All are considered before the first
/// change: those that are claimed, and those that are pending and were deleted, which are pending no more.
/// </summary>
internal sealed class Claims(CommandContext context, StoredStream stream, StreamGroup group,
    ClaimOptions options)
{
    private const int KeyAt = 1;
    private const int GroupAt = 2;
    private const int ConsumerAt = 3;

    private readonly Dictionary<StreamId, StreamPending> _changed = [];
    private readonly List<StreamId> _claimed = [];
    private readonly List<StreamId> _deleted = [];
    private readonly HashSet<StreamId> _gone = [];
    private readonly List<(StreamId Id, uint Consumer)> _released = [];
    private StreamGroup _group = group;
    private StreamConsumer _consumer;
    private bool _hasConsumer;

    private uint Number => _hasConsumer ? _consumer.Number : _group.NextConsumer;

    /// <summary>Looks for the consumer, which need not exist. False when something is not resident.</summary>
    public bool TryFindConsumer() => stream.Groups.TryFindConsumer(_group, context.Argument(ConsumerAt),
        out _hasConsumer, out _consumer);

    /// <summary>Considers an entry, and reads what its claim needs. False when something is not
    /// resident.</summary>
    /// <param name="id">The entry.</param>
    /// <param name="isTaken">True when it is claimed, or was deleted.</param>
    public bool TryConsider(StreamId id, out bool isTaken)
    {
        isTaken = false;
        bool isRead = stream.TryFind(id, out bool exists, out _)
            & stream.Pending.TryFind(_group, id, out bool isPending, out StreamPending pending)
            & stream.Pending.TryPrepare(_group, Number, id);
        if (isPending) isRead &= stream.Pending.TryPrepare(_group, pending.Consumer, id);
        if (!isRead) return false;
        // An entry may be named twice.
        if (_changed.TryGetValue(id, out StreamPending before)) (isPending, pending) = (true, before);
        isPending &= !_gone.Contains(id);
        isTaken = exists ? TryClaim(id, isPending, pending) : isPending;
        if (exists || !isPending) return true;
        _deleted.Add(id);
        _gone.Add(id);
        _released.Add((id, pending.Consumer));
        return true;
    }

    /// <summary>Replies with the entries that are claimed, or with their ids.</summary>
    public void ReplyClaimed()
    {
        if (options.JustIds)
        {
            Reply(_claimed);
            return;
        }

        context.Reply.ArrayHeader(_claimed.Count);
        foreach (StreamId id in _claimed)
        {
            stream.TryFind(id, out _, out ReadOnlySpan<byte> content);
            EntryReply.Write(context.Reply, id, content);
        }
    }

    /// <summary>Replies with the ids of those that were deleted.</summary>
    public void ReplyDeleted() => Reply(_deleted);

    /// <summary>Makes the changes.</summary>
    public void Write()
    {
        stream.Collection.Told = KeyAudience.Nobody;
        long now = context.NowMilliseconds;
        ReadOnlySpan<byte> name = context.Argument(ConsumerAt);
        if (options.LastId > _group.LastId)
        {
            _group = _group with { LastId = options.LastId };
            stream.Groups.Set(context.Argument(GroupAt), _group);
        }

        if (_hasConsumer)
        {
            long activeAt = _claimed.Count > 0 ? now : _consumer.ActiveAt;
            stream.Groups.SetConsumer(_group, name, _consumer with { SeenAt = now, ActiveAt = activeAt });
        }
        else if (_claimed.Count > 0)
        {
            stream.Groups.CreateConsumer(context.Argument(GroupAt), ref _group, name, now, now);
            context.Notify(KeyspaceEvents.Stream, "xgroup-createconsumer"u8, context.Argument(KeyAt));
        }

        foreach ((StreamId id, StreamPending pending) in _changed) stream.Pending.Set(_group, id, pending);
        foreach ((StreamId id, uint consumer) in _released) stream.Pending.Remove(_group, consumer, id);
    }

    private bool TryClaim(StreamId id, bool isPending, in StreamPending pending)
    {
        if (!isPending && !options.IsForced) return false;
        bool isIdle = context.NowMilliseconds - pending.DeliveredAt >= options.IdleMin;
        if (isPending && options.IdleMin > 0 && !isIdle) return false;
        if (isPending && pending.Consumer != Number) _released.Add((id, pending.Consumer));
        long deliveries = (isPending ? pending.Deliveries : 1) + (options.JustIds ? 0 : 1);
        if (options.Deliveries >= 0) deliveries = options.Deliveries;
        _changed[id] = new StreamPending(Number, options.DeliveredAt, deliveries);
        _claimed.Add(id);
        return true;
    }

    private void Reply(List<StreamId> ids)
    {
        context.Reply.ArrayHeader(ids.Count);
        foreach (StreamId id in ids) StreamIds.Reply(context.Reply, id);
    }
}
