using System.Text;
using Hedge.Storage.Types;

namespace Hedge.Tests.Collections;

/// <summary>A stream as plain dictionaries.</summary>
internal sealed class StreamModel
{
    public bool Exists { get; set; }

    public SortedList<StreamId, string> Entries { get; } = [];

    public StreamId LastId { get; set; }

    public StreamId MaxDeleted { get; set; }

    public long Added { get; set; }

    public SortedList<string, Group> Groups { get; } = new(StringComparer.Ordinal);

    /// <summary>All of it as text.</summary>
    public string Text()
    {
        StreamId first = Entries.Count > 0 ? Entries.Keys[0] : default;
        StringBuilder text = new();
        text.AppendLine($"{new StreamHead(Entries.Count, first, LastId, MaxDeleted, Added)}");
        foreach ((StreamId id, string content) in Entries) text.AppendLine($"{id} {content}");
        foreach ((string name, Group group) in Groups)
        {
            text.AppendLine($"group {name} {group.LastId} {group.Read} {group.Pending.Count}");
            foreach ((string consumer, Consumer its) in group.Consumers)
            {
                text.AppendLine($"consumer {consumer} {its.SeenAt} {its.ActiveAt}");
                foreach ((StreamId id, Pending pending) in group.Pending)
                {
                    if (pending.Consumer == consumer) text.AppendLine($"{id} {pending}");
                }
            }

            foreach ((StreamId id, Pending pending) in group.Pending) text.AppendLine($"{id} {pending}");
        }

        return text.ToString();
    }

    /// <summary>The same.</summary>
    public StreamModel Copy()
    {
        StreamModel copy = new()
        {
            Exists = Exists,
            LastId = LastId,
            MaxDeleted = MaxDeleted,
            Added = Added,
        };
        foreach ((StreamId id, string content) in Entries) copy.Entries.Add(id, content);
        foreach ((string name, Group group) in Groups)
        {
            Group its = new() { LastId = group.LastId, Read = group.Read };
            foreach ((string consumer, Consumer value) in group.Consumers) its.Consumers.Add(consumer, value);
            foreach ((StreamId id, Pending pending) in group.Pending) its.Pending.Add(id, pending);
            copy.Groups.Add(name, its);
        }

        return copy;
    }

    /// <summary>All of a stored stream as the same text; null when it must be read first.</summary>
    public static string? TextOf(StoredStream stream)
    {
        StringBuilder text = new();
        if (!stream.TryOpen(out StreamHead head)) return null;
        text.AppendLine($"{head}");
        if (!stream.TryRead(0, head.Length)) return null;
        using StoredStream.Walk entries = stream.Entries(0);
        while (entries.TryNext(out StreamId id, out ReadOnlySpan<byte> content))
            text.AppendLine($"{id} {Content(content)}");
        if (entries.IsMissing || !stream.Groups.TryRead()) return null;
        using StoredGroups.GroupWalk groups = stream.Groups.All();
        while (groups.TryNext(out ReadOnlySpan<byte> name, out StreamGroup group))
            if (!TryWrite(stream, name, group, text)) return null;
        return groups.IsMissing ? null : text.ToString();
    }

    private static bool TryWrite(StoredStream stream, ReadOnlySpan<byte> name, StreamGroup group,
        StringBuilder text)
    {
        StoredPending pending = stream.Pending;
        if (!pending.TryCount(group, out long count)) return false;
        text.AppendLine($"group {Encoding.ASCII.GetString(name)} {group.LastId} {group.EntriesRead} {count}");
        bool isRead = stream.Groups.TryReadConsumers(group) & pending.TryRead(group, 0, count);
        if (!isRead) return false;
        using StoredGroups.ConsumerWalk consumers = stream.Groups.Consumers(group);
        while (consumers.TryNext(out ReadOnlySpan<byte> consumer, out StreamConsumer its))
        {
            text.AppendLine($"consumer {Encoding.ASCII.GetString(consumer)} {its.SeenAt} {its.ActiveAt}");
            if (!pending.TryCount(group, its.Number, out long own)) return false;
            if (!pending.TryRead(group, its.Number, 0, own)) return false;
            using StoredPending.Walk owned = pending.Of(group, its.Number, 0);
            if (!TryWrite(stream, owned, group, text)) return false;
        }

        using StoredPending.Walk all = pending.All(group, 0);
        return TryWrite(stream, all, group, text) && !consumers.IsMissing;
    }

    private static bool TryWrite(StoredStream stream, StoredPending.Walk walk, in StreamGroup group,
        StringBuilder text)
    {
        while (walk.TryNext(out StreamId id, out StreamPending pending))
        {
            if (!stream.Groups.TryConsumerName(group, pending.Consumer, out ReadOnlySpan<byte> name))
                return false;
            Pending plain = new(Encoding.ASCII.GetString(name), pending.DeliveredAt, pending.Deliveries);
            text.AppendLine($"{id} {plain}");
        }

        return !walk.IsMissing;
    }

    /// <summary>An entry's fields and values.</summary>
    public static string Content(ReadOnlySpan<byte> content)
    {
        StringBuilder text = new();
        StreamEntryReader reader = new(content);
        for (int left = reader.Fields; left > 0; left--)
        {
            reader.TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value);
            text.Append($"{Encoding.ASCII.GetString(field)}={Encoding.ASCII.GetString(value)};");
        }

        return text.ToString();
    }

    internal sealed class Group
    {
        public StreamId LastId { get; set; }

        public long Read { get; set; }

        public SortedList<string, Consumer> Consumers { get; } = new(StringComparer.Ordinal);

        public SortedList<StreamId, Pending> Pending { get; } = [];
    }

    internal sealed record Consumer(long SeenAt, long ActiveAt);

    internal sealed record Pending(string Consumer, long DeliveredAt, long Deliveries);
}
