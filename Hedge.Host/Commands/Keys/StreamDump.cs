using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Settings;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys;

/// <summary>Makes the payloads of streams.</summary>
internal static class StreamDump
{
    /// <summary>The payload of a stream, to be disposed of; null when parts of it must be read from disk
    /// first.</summary>
    public static StreamPayload? Make(StoredStream stream, StreamNodeLimits limits, bool compresses)
    {
        if (!stream.TryOpen(out StreamHead head)) return null;
        if (!stream.TryRead(0, head.Length)) return null;
        var payload = new StreamPayload(limits.Bytes, limits.Entries, compresses);
        if (TryFill(stream, head, payload)) return payload;
        payload.Dispose();
        return null;
    }

    private static bool TryFill(StoredStream stream, in StreamHead head, StreamPayload payload)
    {
        using StoredStream.Walk entries = stream.Entries(0);
        while (entries.TryNext(out StreamId id, out ReadOnlySpan<byte> content))
            payload.AddEntry(id, content);
        if (entries.IsMissing) return false;
        payload.AddHead(head);
        StoredGroups all = stream.Groups;
        if (!all.TryRead() || !all.TryCount(out long count)) return false;
        payload.AddCount(count);
        using StoredGroups.GroupWalk groups = all.All();
        while (groups.TryNext(out ReadOnlySpan<byte> name, out StreamGroup group))
        {
            payload.AddGroup(name, group);
            if (!TryFill(stream, group, payload)) return false;
        }

        return !groups.IsMissing;
    }

    private static bool TryFill(StoredStream stream, in StreamGroup group, StreamPayload payload)
    {
        StoredPending pending = stream.Pending;
        bool isRead = pending.TryCount(group, out long count)
            & stream.Groups.TryCountConsumers(group, out long consumerCount)
            & stream.Groups.TryReadConsumers(group);
        if (!isRead || !pending.TryRead(group, 0, count)) return false;
        payload.AddCount(count);
        using StoredPending.Walk walk = pending.All(group, 0);
        while (walk.TryNext(out StreamId id, out StreamPending its)) payload.AddPending(id, its);
        if (walk.IsMissing) return false;
        payload.AddCount(consumerCount);
        using StoredGroups.ConsumerWalk consumers = stream.Groups.Consumers(group);
        while (consumers.TryNext(out ReadOnlySpan<byte> name, out StreamConsumer consumer))
        {
            payload.AddConsumer(name, consumer);
            if (!pending.TryCount(group, consumer.Number, out long own)) return false;
            if (!pending.TryRead(group, consumer.Number, 0, own)) return false;
            payload.AddCount(own);
            using StoredPending.Walk owned = pending.Of(group, consumer.Number, 0);
            while (owned.TryNext(out StreamId id)) payload.AddPending(id);
            if (owned.IsMissing) return false;
        }

        return !consumers.IsMissing;
    }
}
