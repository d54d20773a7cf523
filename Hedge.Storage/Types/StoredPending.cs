using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>
/// What the groups of the stream in an open collection have given to consumers and was not acknowledged. For
/// methods called Try…, and for the order of what a command does, see <see cref="StoredStream"/>.
/// <code>
/// pending := consumer:u32 deliveredAt:i64 deliveries:i64                  little-endian
/// </code>
/// Each is there twice: by group, and without a value by consumer.
/// </summary>
/// <param name="open">The collection.</param>
public readonly struct StoredPending(OpenCollection open)
{
    /// <summary>The length of the value of what is pending in a group.</summary>
    internal const int PendingBytes = sizeof(uint) + (2 * sizeof(long));

    private StreamTree Tree => new(open);

    /// <summary>How many entries are pending in a group.</summary>
    public bool TryCount(in StreamGroup group, out long count)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        bool isRead = TryStart(group, out long from);
        byte kind = StreamKey.PendingKind;
        isRead &= Tree.TryRank(StreamKey.OfGroup(room, kind, group.Number + 1UL).Bytes, out count);
        count -= from;
        return isRead;
    }

    /// <summary>How many entries are pending at a consumer.</summary>
    /// <param name="group">Its group.</param>
    /// <param name="consumer">Its number.</param>
    /// <param name="count">How many.</param>
    public bool TryCount(in StreamGroup group, uint consumer, out long count)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        bool isRead = TryStart(group, consumer, out long from);
        isRead &= Tree.TryRank(StreamKey.OfConsumer(room, group.Number, consumer + 1UL).Bytes, out count);
        count = Math.Max(0, count - from);
        return isRead;
    }

    /// <summary>How many entries before an id are pending in a group; with <paramref name="after"/> the one
    /// with this id counts, too.</summary>
    public bool TryCountBefore(in StreamGroup group, StreamId id, bool after, out long count)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        bool isRead = TryStart(group, out long from);
        StreamKey key = StreamKey.Pending(room, group.Number, id);
        isRead &= Tree.TryRank(key.Bytes, out count, out bool isThere);
        count += (isThere && after ? 1 : 0) - from;
        return isRead;
    }

    /// <summary>How many entries before an id are pending at a consumer; with <paramref name="after"/> the
    /// one with this id counts, too.</summary>
    /// <param name="group">Its group.</param>
    /// <param name="consumer">Its number.</param>
    /// <param name="id">The id.</param>
    /// <param name="after">True to count the id.</param>
    /// <param name="count">How many.</param>
    public bool TryCountBefore(in StreamGroup group, uint consumer, StreamId id, bool after, out long count)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        bool isRead = TryStart(group, consumer, out long from);
        StreamKey key = StreamKey.Owned(room, group.Number, consumer, id);
        isRead &= Tree.TryRank(key.Bytes, out count, out bool isThere);
        count = Math.Max(0, count + (isThere && after ? 1 : 0) - from);
        return isRead;
    }

    /// <summary>Looks for a pending entry of a group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="id">The entry's id.</param>
    /// <param name="isThere">False when it is not pending.</param>
    /// <param name="pending">What is known of it.</param>
    public bool TryFind(in StreamGroup group, StreamId id, out bool isThere, out StreamPending pending)
    {
        StreamKey key = StreamKey.Pending(stackalloc byte[StreamKey.SmallBytes], group.Number, id);
        bool isRead = Tree.TryFind(key.Bytes, out isThere, out ReadOnlySpan<byte> value);
        pending = isThere ? Read(value) : default;
        return isRead;
    }

    /// <summary>Reads what <see cref="Set"/> and <see cref="Remove"/> need.</summary>
    /// <param name="group">The group.</param>
    /// <param name="consumer">The number of the consumer that the entry is going to be pending at, or is not
    /// going to be pending at any more.</param>
    /// <param name="id">The entry's id.</param>
    public bool TryPrepare(in StreamGroup group, uint consumer, StreamId id)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        bool isRead = Tree.TryFind(StreamKey.Pending(room, group.Number, id).Bytes, out _, out _);
        return isRead & Tree.TryFind(StreamKey.Owned(room, group.Number, consumer, id).Bytes, out _, out _);
    }

    /// <summary>Makes an entry pending at a consumer, or changes what is known of it, after
    /// <see cref="TryPrepare"/> for that consumer. When it was pending at another one, follow this by
    /// <see cref="Remove"/> for the other one; a command sets all of them before it removes the first.
    /// </summary>
    public void Set(in StreamGroup group, StreamId id, in StreamPending pending)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        Span<byte> value = stackalloc byte[PendingBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(value, pending.Consumer);
        BinaryPrimitives.WriteInt64LittleEndian(value[sizeof(uint)..], pending.DeliveredAt);
        BinaryPrimitives.WriteInt64LittleEndian(value[(sizeof(uint) + sizeof(long))..], pending.Deliveries);
        Tree.Set(StreamKey.Pending(room, group.Number, id).Bytes, value);
        Tree.Set(StreamKey.Owned(room, group.Number, pending.Consumer, id).Bytes, default);
    }

    /// <summary>Ends that an entry is pending at a consumer, after <see cref="TryPrepare"/>; and in the
    /// group, unless it is pending at another consumer by now.</summary>
    public void Remove(in StreamGroup group, uint consumer, StreamId id)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        Tree.Remove(StreamKey.Owned(room, group.Number, consumer, id).Bytes);
        StreamKey key = StreamKey.Pending(room, group.Number, id);
        bool isThere = Tree.HasStill(key.Bytes, out ReadOnlySpan<byte> value);
        if (isThere && Read(value).Consumer == consumer) Tree.Remove(key.Bytes);
    }

    /// <summary>Reads a stretch of a group's pending entries, to be walked over.</summary>
    public bool TryRead(in StreamGroup group, long from, long to) =>
        from >= to || (TryStart(group, out long start) && Tree.TryRead(start + from, start + to));

    /// <summary>Reads a stretch of a consumer's pending entries, to be walked over.</summary>
    public bool TryRead(in StreamGroup group, uint consumer, long from, long to)
    {
        if (from >= to) return true;
        if (!TryStart(group, consumer, out long start)) return false;
        if (!Tree.TryRead(start + from, start + to)) return false;
        bool isRead = true;
        using Walk walk = Of(group, consumer, from);
        for (; from < to && walk.TryNext(out StreamId id); from++)
            isRead &= TryFind(group, id, out _, out _);
        return isRead && !walk.IsMissing;
    }

    /// <summary>Goes through a group's pending entries from an index on. Dispose of it.</summary>
    public Walk All(in StreamGroup group, long index) =>
        new(Tree, TryStart(group, out long start), start + index, group.Number, consumer: null);

    /// <summary>Goes through a consumer's pending entries from an index on. Dispose of it.</summary>
    public Walk Of(in StreamGroup group, uint consumer, long index) =>
        new(Tree, TryStart(group, consumer, out long start), start + index, group.Number, consumer);

    internal static StreamPending Read(ReadOnlySpan<byte> value) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(value),
        BinaryPrimitives.ReadInt64LittleEndian(value[sizeof(uint)..]),
        BinaryPrimitives.ReadInt64LittleEndian(value[(sizeof(uint) + sizeof(long))..]));

    private bool TryStart(in StreamGroup group, out long rank)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        return Tree.TryRank(StreamKey.OfGroup(room, StreamKey.PendingKind, group.Number).Bytes, out rank);
    }

    // Behind the consumer's name.
    private bool TryStart(in StreamGroup group, uint consumer, out long rank)
    {
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        StreamKey key = StreamKey.OfConsumer(room, group.Number, consumer);
        bool isRead = Tree.TryRank(key.Bytes, out rank, out bool isThere);
        if (isThere) rank++;
        return isRead;
    }

    /// <summary>A walk over pending entries. One over a consumer's looks each up in the group.</summary>
    public ref struct Walk
    {
        private readonly StreamTree _tree;
        private readonly uint _group;
        private readonly uint? _consumer;
        private EndedWalk<KeyOrder> _walk;
        private bool _isMissing;

        internal Walk(StreamTree tree, bool isRead, long rank, uint group, uint? consumer)
        {
            _tree = tree;
            _group = group;
            _consumer = consumer;
            _isMissing = !isRead;
            _walk = tree.From(isRead ? rank : -1);
        }

        /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
        public readonly bool IsMissing => _isMissing || _walk.IsMissing;

        /// <summary>The next id.</summary>
        public bool TryNext(out StreamId id) => TryNext(out id, out _, false);

        /// <summary>The next id, and what is known of the entry.</summary>
        public bool TryNext(out StreamId id, out StreamPending pending) => TryNext(out id, out pending, true);

        /// <summary>Gives working memory back.</summary>
        public void Dispose() => _walk.Dispose();

        private bool TryNext(out StreamId id, out StreamPending pending, bool isWhole)
        {
            id = default;
            pending = default;
            if (_isMissing || !_walk.TryNext(out ReadOnlySpan<byte> element)) return false;
            ReadOnlySpan<byte> key = ElementCodec.ReadBytes(element, 0);
            if (!StreamKey.IsPending(key, _group, _consumer)) return false;
            id = StreamKey.IdIn(key);
            ReadOnlySpan<byte> value = KeyOrder.Value(element);
            if (_consumer != null)
            {
                if (!isWhole) return true;
                Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
                _isMissing = !_tree.TryFind(StreamKey.Pending(room, _group, id).Bytes, out _, out value);
                if (_isMissing) return false;
            }

            pending = Read(value);
            return true;
        }
    }
}
