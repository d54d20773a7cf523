using System.Buffers;
using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>
/// The consumer groups of the stream in an open collection, in the order of their names' bytes. For methods
/// called Try…, and for the order of what a command does, see <see cref="StoredStream"/>.
/// <code>
/// group    := number:u32 lastId:id entriesRead:i64 nextConsumer:u32       little-endian but for the id
/// consumer := number:u32 seenAt:i64 activeAt:i64                          and its name under its number
/// </code>
/// </summary>
/// <param name="open">The collection.</param>
public readonly struct StoredGroups(OpenCollection open)
{
    /// <summary>The length of a group's value.</summary>
    internal const int GroupBytes = EntriesReadAt + sizeof(long) + sizeof(uint);

    /// <summary>The length of a consumer's value.</summary>
    internal const int ConsumerBytes = sizeof(uint) + (2 * sizeof(long));

    private const int EntriesReadAt = sizeof(uint) + StreamId.SizeBytes;

    private StreamTree Tree => new(open);

    /// <summary>How many groups there are.</summary>
    public bool TryCount(out long count)
    {
        bool isRead = Tree.TryRank(StreamKey.Groups, out long from)
            & Tree.TryRank(StreamKey.GroupsEnd, out count);
        count -= from;
        return isRead;
    }

    /// <summary>Reads all groups, to be walked over.</summary>
    public bool TryRead() => Tree.TryRank(StreamKey.Groups, out long from)
        & Tree.TryRank(StreamKey.GroupsEnd, out long to) && Tree.TryRead(from, to);

    /// <summary>Goes through all groups. Dispose of it.</summary>
    public GroupWalk All() => new(Tree);

    /// <summary>Reads all groups and lists them. False when one is not in memory.</summary>
    public bool TryList(ICollection<StreamGroup> groups)
    {
        if (!TryRead()) return false;
        using GroupWalk walk = All();
        while (walk.TryNext(out _, out StreamGroup group)) groups.Add(group);
        return true;
    }

    /// <summary>Looks for a group.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isThere">False when there is none.</param>
    /// <param name="group">What is known of it.</param>
    public bool TryFind(ReadOnlySpan<byte> name, out bool isThere, out StreamGroup group)
    {
        StreamKey key = StreamKey.Group(stackalloc byte[StreamKey.SmallBytes], name);
        bool isRead = Tree.TryFind(key.Bytes, out isThere, out ReadOnlySpan<byte> value);
        group = isThere ? ReadGroup(value) : default;
        return isRead;
    }

    /// <summary>Makes a group that <see cref="TryFind"/> has not found, after
    /// <see cref="StoredStream.TryOpen"/>; the stream, too, when the key does not exist.</summary>
    public void Create(ReadOnlySpan<byte> name, StreamId lastId, long entriesRead)
    {
        StreamRoot root = Tree.Root();
        Tree.SetRoot(root with { NextGroup = root.NextGroup + 1 });
        Set(name, new StreamGroup(root.NextGroup, lastId, entriesRead, 0));
    }

    /// <summary>Changes a group that was found.</summary>
    public void Set(ReadOnlySpan<byte> name, in StreamGroup group)
    {
        StreamKey key = StreamKey.Group(stackalloc byte[StreamKey.SmallBytes], name);
        Span<byte> value = stackalloc byte[GroupBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(value, group.Number);
        group.LastId.Write(value[sizeof(uint)..]);
        BinaryPrimitives.WriteInt64LittleEndian(value[EntriesReadAt..], group.EntriesRead);
        BinaryPrimitives.WriteUInt32LittleEndian(value[(EntriesReadAt + sizeof(long))..], group.NextConsumer);
        Tree.Set(key.Bytes, value);
    }

    /// <summary>Reads what <see cref="Remove"/> needs.</summary>
    public bool TryPrepareRemoval(in StreamGroup group)
    {
        bool isRead = true;
        for (byte kind = StreamKey.ConsumerKind; kind <= StreamKey.OwnedKind; kind++)
        {
            isRead &= TryRange(group, kind, out long from, out long count)
                && Tree.TryPrepareRemoval(from, count);
        }

        return isRead;
    }

    /// <summary>Removes a group with its consumers and all that is pending, after
    /// <see cref="StoredStream.TryOpen"/> and <see cref="TryPrepareRemoval"/>, before any other
    /// change.</summary>
    public void Remove(ReadOnlySpan<byte> name, in StreamGroup group)
    {
        bool isRead = TryRange(group, StreamKey.ConsumerKind, out long consumers, out long consumersCount)
            & TryRange(group, StreamKey.PendingKind, out long pending, out long pendingCount)
            & TryRange(group, StreamKey.OwnedKind, out long owned, out long ownedCount);
        Invariant.Check(isRead, "the removal of a group was prepared");
        // The last range first: the others stay where they were.
        Tree.Remove(owned, ownedCount);
        Tree.Remove(pending, pendingCount);
        Tree.Remove(consumers, consumersCount);
        Tree.Remove(StreamKey.Group(stackalloc byte[StreamKey.SmallBytes], name).Bytes);
    }

    /// <summary>How many consumers a group has.</summary>
    public bool TryCountConsumers(in StreamGroup group, out long count) =>
        TryRange(group, StreamKey.ConsumerKind, out _, out count);

    /// <summary>Reads all consumers of a group, to be walked over.</summary>
    public bool TryReadConsumers(in StreamGroup group) =>
        TryRange(group, StreamKey.ConsumerKind, out long from, out long count)
        && Tree.TryRead(from, from + count);

    /// <summary>Goes through all consumers of a group. Dispose of it.</summary>
    public ConsumerWalk Consumers(in StreamGroup group) =>
        new(Tree, TryRange(group, StreamKey.ConsumerKind, out long from, out long count), from, count);

    /// <summary>Looks for a consumer; what is read is enough to make it, too.</summary>
    /// <param name="group">The group.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isThere">False when there is none.</param>
    /// <param name="consumer">What is known of it.</param>
    public bool TryFindConsumer(in StreamGroup group, ReadOnlySpan<byte> name, out bool isThere,
        out StreamConsumer consumer)
    {
        StreamKey key = StreamKey.Consumer(stackalloc byte[StreamKey.SmallBytes], group.Number, name);
        bool isRead = Tree.TryFind(key.Bytes, out isThere, out ReadOnlySpan<byte> value);
        consumer = isThere ? ReadConsumer(value) : default;
        if (isThere) return isRead;
        key = StreamKey.OfConsumer(stackalloc byte[StreamKey.SmallBytes], group.Number, group.NextConsumer);
        return isRead & Tree.TryFind(key.Bytes, out _, out _);
    }

    /// <summary>Makes a consumer that <see cref="TryFindConsumer"/> has not found.</summary>
    /// <param name="groupName">The group's name.</param>
    /// <param name="group">The group, which gets another next consumer.</param>
    /// <param name="name">The consumer's name.</param>
    /// <param name="seenAt">When it asked for something last.</param>
    /// <param name="activeAt">When it was given something last; -1 for never.</param>
    public StreamConsumer CreateConsumer(ReadOnlySpan<byte> groupName, ref StreamGroup group,
        ReadOnlySpan<byte> name, long seenAt, long activeAt)
    {
        StreamConsumer consumer = new(group.NextConsumer, seenAt, activeAt);
        group = group with { NextConsumer = group.NextConsumer + 1 };
        Set(groupName, group);
        SetConsumer(group, name, consumer);
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        Tree.Set(StreamKey.OfConsumer(room, group.Number, consumer.Number).Bytes, name);
        return consumer;
    }

    /// <summary>Changes a consumer that was found or made.</summary>
    public void SetConsumer(in StreamGroup group, ReadOnlySpan<byte> name, in StreamConsumer consumer)
    {
        StreamKey key = StreamKey.Consumer(stackalloc byte[StreamKey.SmallBytes], group.Number, name);
        Span<byte> value = stackalloc byte[ConsumerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(value, consumer.Number);
        BinaryPrimitives.WriteInt64LittleEndian(value[sizeof(uint)..], consumer.SeenAt);
        BinaryPrimitives.WriteInt64LittleEndian(value[(sizeof(uint) + sizeof(long))..], consumer.ActiveAt);
        Tree.Set(key.Bytes, value);
    }

    /// <summary>The name of the consumer with a number, which is there.</summary>
    /// <param name="group">The group.</param>
    /// <param name="number">The number.</param>
    /// <param name="name">The name, valid until the next change.</param>
    public bool TryConsumerName(in StreamGroup group, uint number, out ReadOnlySpan<byte> name)
    {
        StreamKey key = StreamKey.OfConsumer(stackalloc byte[StreamKey.SmallBytes], group.Number, number);
        return Tree.TryFind(key.Bytes, out _, out name);
    }

    /// <summary>Reads what <see cref="RemoveConsumer"/> needs.</summary>
    public bool TryPrepareConsumerRemoval(in StreamGroup group, in StreamConsumer consumer)
    {
        if (!TryOwned(group, consumer, out long from, out long count)) return false;
        if (!Tree.TryRead(from, from + count)) return false;
        bool isRead = Tree.TryPrepareRemoval(from, count);
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        using EndedWalk<KeyOrder> walk = Tree.From(from + 1);
        for (; count > 1 && walk.TryNext(out ReadOnlySpan<byte> element); count--)
        {
            StreamId id = StreamKey.IdIn(ElementCodec.ReadBytes(element, 0));
            isRead &= Tree.TryFind(StreamKey.Pending(room, group.Number, id).Bytes, out _, out _);
        }

        return isRead;
    }

    /// <summary>Removes a consumer with all that is pending at it, after
    /// <see cref="TryPrepareConsumerRemoval"/>, before any other change.</summary>
    public void RemoveConsumer(in StreamGroup group, ReadOnlySpan<byte> name, in StreamConsumer consumer)
    {
        bool isRead = TryOwned(group, consumer, out long from, out long count);
        Invariant.Check(isRead, "the removal of a consumer was prepared");
        StreamId[] ids = ArrayPool<StreamId>.Shared.Rent((int)count);
        int pending = 0;
        using (EndedWalk<KeyOrder> walk = Tree.From(from + 1))
        {
            while (pending < count - 1 && walk.TryNext(out ReadOnlySpan<byte> element))
                ids[pending++] = StreamKey.IdIn(ElementCodec.ReadBytes(element, 0));
        }

        Invariant.Check(pending == count - 1, "all that is pending at a consumer was read");
        Tree.Remove(from, count);
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        for (int i = 0; i < pending; i++) Tree.Remove(StreamKey.Pending(room, group.Number, ids[i]).Bytes);
        ArrayPool<StreamId>.Shared.Return(ids);
        Tree.Remove(StreamKey.Consumer(room, group.Number, name).Bytes);
    }

    internal static StreamGroup ReadGroup(ReadOnlySpan<byte> value) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(value),
        StreamId.Read(value[sizeof(uint)..]),
        BinaryPrimitives.ReadInt64LittleEndian(value[EntriesReadAt..]),
        BinaryPrimitives.ReadUInt32LittleEndian(value[(EntriesReadAt + sizeof(long))..]));

    internal static StreamConsumer ReadConsumer(ReadOnlySpan<byte> value) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(value),
        BinaryPrimitives.ReadInt64LittleEndian(value[sizeof(uint)..]),
        BinaryPrimitives.ReadInt64LittleEndian(value[(sizeof(uint) + sizeof(long))..]));

    private bool TryRange(in StreamGroup group, byte kind, out long from, out long count)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        bool isRead = Tree.TryRank(StreamKey.OfGroup(room, kind, group.Number).Bytes, out from);
        isRead &= Tree.TryRank(StreamKey.OfGroup(room, kind, group.Number + 1UL).Bytes, out count);
        count -= from;
        return isRead;
    }

    // The consumer's name, then what is pending at it.
    private bool TryOwned(in StreamGroup group, in StreamConsumer consumer, out long from, out long count)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        ulong number = consumer.Number;
        bool isRead = Tree.TryRank(StreamKey.OfConsumer(room, group.Number, number).Bytes, out from);
        isRead &= Tree.TryRank(StreamKey.OfConsumer(room, group.Number, number + 1).Bytes, out count);
        count -= from;
        return isRead;
    }

    /// <summary>A walk over groups.</summary>
    public ref struct GroupWalk
    {
        private readonly bool _isMissing;
        private EndedWalk<KeyOrder> _walk;

        internal GroupWalk(StreamTree tree)
        {
            _isMissing = !tree.TryRank(StreamKey.Groups, out long from);
            _walk = tree.From(_isMissing ? -1 : from);
        }

        /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
        public readonly bool IsMissing => _isMissing || _walk.IsMissing;

        /// <summary>The next group.</summary>
        public bool TryNext(out ReadOnlySpan<byte> name, out StreamGroup group)
        {
            name = default;
            group = default;
            if (!_walk.TryNext(out ReadOnlySpan<byte> element)) return false;
            ReadOnlySpan<byte> key = ElementCodec.ReadBytes(element, 0);
            if (!StreamKey.IsGroup(key)) return false;
            name = StreamKey.GroupName(key);
            group = ReadGroup(KeyOrder.Value(element));
            return true;
        }

        /// <summary>Gives working memory back.</summary>
        public void Dispose() => _walk.Dispose();
    }

    /// <summary>A walk over a group's consumers.</summary>
    public ref struct ConsumerWalk
    {
        private readonly bool _isMissing;
        private EndedWalk<KeyOrder> _walk;
        private long _left;

        internal ConsumerWalk(StreamTree tree, bool isRead, long from, long count)
        {
            _isMissing = !isRead;
            _walk = tree.From(isRead ? from : -1);
            _left = count;
        }

        /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
        public readonly bool IsMissing => _isMissing || _walk.IsMissing;

        /// <summary>The next consumer.</summary>
        public bool TryNext(out ReadOnlySpan<byte> name, out StreamConsumer consumer)
        {
            name = default;
            consumer = default;
            if (_left == 0 || !_walk.TryNext(out ReadOnlySpan<byte> element)) return false;
            _left--;
            name = StreamKey.ConsumerName(ElementCodec.ReadBytes(element, 0));
            consumer = ReadConsumer(KeyOrder.Value(element));
            return true;
        }

        /// <summary>Gives working memory back.</summary>
        public void Dispose() => _walk.Dispose();
    }
}
