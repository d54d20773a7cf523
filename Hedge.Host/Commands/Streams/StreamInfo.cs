using Hedge.Resp;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>XINFO: what is known of a stream, its groups and their consumers. What has been replied is taken
/// back when something must be read first.</summary>
internal static class StreamInfo
{
    private const long CountDefault = 10;

    // As many entries has a node of Redis's tree.
    private const long EntriesPerNode = 100;

    /// <summary>XINFO STREAM.</summary>
    public static void Stream(CommandContext context)
    {
        if (!TryOpen(context, out StoredStream stream)) return;
        bool isFull = context.ArgumentCount > 3;
        long count = CountDefault;
        if (isFull && !TryRead(context, out count)) return;
        if (!stream.TryOpen(out StreamHead head)) return;
        RespWriter reply = context.Reply;
        long keys = (head.Length + EntriesPerNode - 1) / EntriesPerNode;
        reply.MapHeader(isFull ? 9 : 10);
        Number(reply, "length", head.Length);
        Number(reply, "radix-tree-keys", keys);
        Number(reply, "radix-tree-nodes", keys + 1);
        Id(reply, "last-generated-id", head.LastId);
        Id(reply, "max-deleted-entry-id", head.MaxDeletedId);
        Number(reply, "entries-added", head.EntriesAdded);
        Id(reply, "recorded-first-entry-id", head.FirstId);
        if (isFull) ShowAll(reply, stream, head, count);
        else ShowSome(reply, stream, head);
    }

    /// <summary>XINFO GROUPS.</summary>
    public static void Groups(CommandContext context)
    {
        if (!TryOpen(context, out StoredStream stream)) return;
        bool isRead = stream.TryOpen(out StreamHead head) & stream.Groups.TryRead()
            & stream.Groups.TryCount(out long count);
        if (!isRead) return;
        RespWriter reply = context.Reply;
        reply.ArrayHeader((int)count);
        using StoredGroups.GroupWalk walk = stream.Groups.All();
        while (walk.TryNext(out ReadOnlySpan<byte> name, out StreamGroup group))
        {
            stream.Groups.TryCountConsumers(group, out long consumers);
            stream.Pending.TryCount(group, out long pending);
            reply.MapHeader(6);
            Name(reply, name);
            Number(reply, "consumers", consumers);
            Number(reply, "pending", pending);
            Progress(reply, head, group);
        }
    }

    /// <summary>XINFO CONSUMERS.</summary>
    public static void Consumers(CommandContext context)
    {
        if (!TryOpen(context, out StoredStream stream)) return;
        ReadOnlySpan<byte> groupName = context.Argument(3);
        if (!stream.Groups.TryFind(groupName, out bool isThere, out StreamGroup group)) return;
        if (!isThere)
        {
            GroupErrors.NoGroup(context, context.Argument(2), groupName);
            return;
        }

        if (!(stream.Groups.TryReadConsumers(group) & stream.Groups.TryCountConsumers(group, out long count)))
            return;
        RespWriter reply = context.Reply;
        long now = context.NowMilliseconds;
        reply.ArrayHeader((int)count);
        using StoredGroups.ConsumerWalk walk = stream.Groups.Consumers(group);
        while (walk.TryNext(out ReadOnlySpan<byte> name, out StreamConsumer consumer))
        {
            stream.Pending.TryCount(group, consumer.Number, out long pending);
            reply.MapHeader(4);
            Name(reply, name);
            Number(reply, "pending", pending);
            Number(reply, "idle", Math.Max(0, now - consumer.SeenAt));
            Number(reply, "inactive", consumer.ActiveAt < 0 ? -1 : Math.Max(0, now - consumer.ActiveAt));
        }
    }

    private static bool TryOpen(CommandContext context, out StoredStream stream)
    {
        if (!context.TryOpenStream(context.Argument(2), out stream)) return false;
        if (!stream.Collection.Exists) context.Reply.Error(ErrorText.NoSuchKey);
        return stream.Collection.Exists;
    }

    // FULL [COUNT count]; 0 for all.
    private static bool TryRead(CommandContext context, out long count)
    {
        count = CountDefault;
        bool isPlain = context.ArgumentCount == 4 && context.Is(3, "FULL"u8);
        bool hasCount = context.ArgumentCount == 6 && context.Is(3, "FULL"u8) && context.Is(4, "COUNT"u8);
        if (!isPlain && !hasCount)
        {
            Subcommands.WrongNumber(context);
            return false;
        }

        if (hasCount && !context.TryInteger(5, out count)) return false;
        if (count < 0) count = CountDefault;
        return true;
    }

    private static void ShowSome(RespWriter reply, StoredStream stream, in StreamHead head)
    {
        stream.Groups.TryCount(out long groups);
        Number(reply, "groups", groups);
        Entry(reply, "first-entry", stream, head, 0);
        Entry(reply, "last-entry", stream, head, head.Length - 1);
    }

    private static void Entry(RespWriter reply, string name, StoredStream stream, in StreamHead head, long at)
    {
        reply.BulkAscii(name);
        if (head.Length == 0) reply.Null();
        else if (stream.TryAt(at, out StreamId id, out ReadOnlySpan<byte> content))
            EntryReply.Write(reply, id, content);
    }

    private static void ShowAll(RespWriter reply, StoredStream stream, in StreamHead head, long count)
    {
        long shown = Limit(head.Length, count);
        bool isRead = stream.TryRead(0, shown) & stream.Groups.TryRead()
            & stream.Groups.TryCount(out long groups);
        if (!isRead) return;
        reply.BulkAscii("entries");
        EntryReply.Write(reply, stream, 0, shown, isBackwards: false);
        reply.BulkAscii("groups");
        reply.ArrayHeader((int)groups);
        using StoredGroups.GroupWalk walk = stream.Groups.All();
        while (walk.TryNext(out ReadOnlySpan<byte> name, out StreamGroup group))
        {
            reply.MapHeader(7);
            Name(reply, name);
            Progress(reply, head, group);
            stream.Pending.TryCount(group, out long pending);
            Number(reply, "pel-count", pending);
            reply.BulkAscii("pending");
            Pending(reply, stream, group, Limit(pending, count));
            ShowConsumers(reply, stream, group, count);
        }
    }

    private static void ShowConsumers(RespWriter reply, StoredStream stream, in StreamGroup group, long count)
    {
        reply.BulkAscii("consumers");
        if (!(stream.Groups.TryReadConsumers(group) & stream.Groups.TryCountConsumers(group, out long all)))
            return;
        reply.ArrayHeader((int)all);
        using StoredGroups.ConsumerWalk walk = stream.Groups.Consumers(group);
        while (walk.TryNext(out ReadOnlySpan<byte> name, out StreamConsumer consumer))
        {
            reply.MapHeader(5);
            Name(reply, name);
            Number(reply, "seen-time", consumer.SeenAt);
            Number(reply, "active-time", consumer.ActiveAt);
            stream.Pending.TryCount(group, consumer.Number, out long pending);
            Number(reply, "pel-count", pending);
            reply.BulkAscii("pending");
            Owned(reply, stream, group, consumer, Limit(pending, count));
        }
    }

    private static void Pending(RespWriter reply, StoredStream stream, in StreamGroup group, long count)
    {
        if (!stream.Pending.TryRead(group, 0, count)) return;
        reply.ArrayHeader((int)count);
        if (count == 0) return;
        using StoredPending.Walk walk = stream.Pending.All(group, 0);
        for (; count > 0 && walk.TryNext(out StreamId id, out StreamPending pending); count--)
        {
            stream.Groups.TryConsumerName(group, pending.Consumer, out ReadOnlySpan<byte> name);
            reply.ArrayHeader(4);
            StreamIds.Reply(reply, id);
            reply.Bulk(name);
            reply.Integer(pending.DeliveredAt);
            reply.Integer(pending.Deliveries);
        }
    }

    private static void Owned(RespWriter reply, StoredStream stream, in StreamGroup group,
        in StreamConsumer consumer, long count)
    {
        if (!stream.Pending.TryRead(group, consumer.Number, 0, count)) return;
        reply.ArrayHeader((int)count);
        if (count == 0) return;
        using StoredPending.Walk walk = stream.Pending.Of(group, consumer.Number, 0);
        for (; count > 0 && walk.TryNext(out StreamId id, out StreamPending pending); count--)
        {
            reply.ArrayHeader(3);
            StreamIds.Reply(reply, id);
            reply.Integer(pending.DeliveredAt);
            reply.Integer(pending.Deliveries);
        }
    }

    private static void Progress(RespWriter reply, in StreamHead head, in StreamGroup group)
    {
        Id(reply, "last-delivered-id", group.LastId);
        reply.BulkAscii("entries-read");
        if (group.EntriesRead == GroupProgress.Unknown) reply.Null();
        else reply.Integer(group.EntriesRead);
        reply.BulkAscii("lag");
        if (GroupProgress.TryLag(group, head, out long lag)) reply.Integer(lag);
        else reply.Null();
    }

    private static long Limit(long all, long count) => count == 0 ? all : Math.Min(all, count);

    private static void Name(RespWriter reply, ReadOnlySpan<byte> name)
    {
        reply.BulkAscii("name");
        reply.Bulk(name);
    }

    private static void Number(RespWriter reply, string name, long value)
    {
        reply.BulkAscii(name);
        reply.Integer(value);
    }

    private static void Id(RespWriter reply, string name, StreamId id)
    {
        reply.BulkAscii(name);
        StreamIds.Reply(reply, id);
    }
}
