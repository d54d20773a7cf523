using Hedge.Resp;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>XPENDING: what a group has given out and was not acknowledged. What has been replied is taken
/// back when something must be read first.</summary>
internal static class PendingReply
{
    /// <summary>Runs the command.</summary>
    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount == 3)
        {
            if (GroupLookup.TryFind(context, out StoredStream all, out StreamGroup whole))
                Summarize(context.Reply, all, whole);
            return;
        }

        if (!TryRead(context, out Range range)) return;
        if (!GroupLookup.TryFind(context, out StoredStream stream, out StreamGroup group)) return;
        if (range.ConsumerAt == 0)
        {
            List(context, stream, group, range, null);
            return;
        }

        ReadOnlySpan<byte> name = context.Argument(range.ConsumerAt);
        if (!stream.Groups.TryFindConsumer(group, name, out bool isThere,
            out StreamConsumer consumer)) return;
        if (isThere) List(context, stream, group, range, consumer.Number);
        else context.Reply.ArrayHeader(0);
    }

    // [IDLE min-idle-time] start end count [consumer]
    private static bool TryRead(CommandContext context, out Range range)
    {
        range = default;
        if (context.ArgumentCount is < 6 or > 9) return Fail(context);
        int at = 3;
        if (context.Is(3, "IDLE"u8))
        {
            if (!context.TryInteger(4, out range.IdleMin)) return false;
            if (context.ArgumentCount < 8) return Fail(context);
            at = 5;
        }

        if (!context.TryInteger(at + 2, out range.Count)) return false;
        if (!StreamIds.TryReadStart(context, at, out range.Start)) return false;
        if (!StreamIds.TryReadEnd(context, at + 1, out range.End)) return false;
        if (at + 3 < context.ArgumentCount) range.ConsumerAt = at + 3;
        return true;
    }

    private static bool Fail(CommandContext context)
    {
        context.Reply.Error(ErrorText.Syntax);
        return false;
    }

    private static void Summarize(RespWriter reply, StoredStream stream, in StreamGroup group)
    {
        if (!stream.Pending.TryCount(group, out long count)) return;
        reply.ArrayHeader(4);
        reply.Integer(count);
        if (count == 0)
        {
            reply.Null();
            reply.Null();
            reply.NullArray();
            return;
        }

        if (!(stream.Pending.TryRead(group, 0, 1) & stream.Pending.TryRead(group, count - 1, count))) return;
        foreach (long index in (ReadOnlySpan<long>)[0, count - 1])
        {
            using StoredPending.Walk walk = stream.Pending.All(group, index);
            walk.TryNext(out StreamId id);
            StreamIds.Reply(reply, id);
        }

        if (!stream.Groups.TryReadConsumers(group)) return;
        int consumers = 0;
        reply.BeginDeferred();
        using (StoredGroups.ConsumerWalk walk = stream.Groups.Consumers(group))
        {
            while (walk.TryNext(out ReadOnlySpan<byte> name, out StreamConsumer consumer))
            {
                stream.Pending.TryCount(group, consumer.Number, out long its);
                if (its == 0) continue;
                consumers++;
                reply.ArrayHeader(2);
                reply.Bulk(name);
                reply.BulkInteger(its);
            }
        }

        reply.EndDeferred(ReplyAggregate.Array, consumers);
    }

    private static void List(CommandContext context, StoredStream stream, in StreamGroup group,
        in Range range,
        uint? consumer)
    {
        if (!TryStretch(stream.Pending, group, range, consumer, out long from, out long to)) return;
        RespWriter reply = context.Reply;
        long now = context.NowMilliseconds;
        long left = range.Count;
        int count = 0;
        reply.BeginDeferred();
        using (StoredPending.Walk walk = consumer is { } number ? stream.Pending.Of(group, number, from)
            : stream.Pending.All(group, from))
        {
            for (; from < to && left > 0 && walk.TryNext(out StreamId id, out StreamPending pending); from++)
            {
                long idle = now - pending.DeliveredAt;
                if (range.IdleMin != 0 && idle < range.IdleMin) continue;
                stream.Groups.TryConsumerName(group, pending.Consumer, out ReadOnlySpan<byte> name);
                reply.ArrayHeader(4);
                StreamIds.Reply(reply, id);
                reply.Bulk(name);
                reply.Integer(Math.Max(0, idle));
                reply.Integer(pending.Deliveries);
                count++;
                left--;
            }
        }

        reply.EndDeferred(ReplyAggregate.Array, count);
    }

    // Where the range begins and ends. Those that are not idle for long enough do not count, so that all of
    // the range may have to be looked at.
    private static bool TryStretch(StoredPending pending, in StreamGroup group, in Range range,
        uint? consumer,
        out long from, out long to)
    {
        bool isRead;
        if (consumer is { } number)
        {
            isRead = pending.TryCountBefore(group, number, range.Start, after: false, out from)
                & pending.TryCountBefore(group, number, range.End, after: true, out to);
        }
        else
        {
            isRead = pending.TryCountBefore(group, range.Start, after: false, out from)
                & pending.TryCountBefore(group, range.End, after: true, out to);
        }

        if (range.IdleMin == 0 && to - from > range.Count) to = from + Math.Max(0, range.Count);
        if (!isRead) return false;
        return consumer is { } its ? pending.TryRead(group, its, from, to) : pending.TryRead(group, from, to);
    }

    private struct Range
    {
        public long IdleMin;
        public long Count;
        public StreamId Start;
        public StreamId End;
        public int ConsumerAt;
    }
}
