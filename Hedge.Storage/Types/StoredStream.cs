using Hedge.Storage.Collections;
using Hedge.Storage.Keys;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>
/// The stream in an open collection: its entries, and what it says of itself. Methods called Try… return
/// false when something must be read from disk first; they have changed nothing then, and the command runs
/// again.
/// </summary>
/// <remarks>
/// 1. A command opens the stream (<see cref="TryOpen"/>), then reads all it needs, then writes. It does what
///    adds or sets before what removes: a removal may end a leaf, and the place of a later addition would be
///    in another one, which was not read.
/// 2. A stream is one tree, in the order of <see cref="StreamKey"/>. Entries are at its end, so that another
///    one changes the last leaf only. Whatever has a length is a difference of two ranks.
/// 3. A stream stays when its last entry goes: its head is there then.
/// </remarks>
/// <param name="open">The collection.</param>
public readonly struct StoredStream(OpenCollection open)
{
    /// <summary>The most bytes of an entry's content.</summary>
    public const int ContentBytesMax = KeyLimits.ValueBytesMax;

    /// <summary>The collection.</summary>
    public OpenCollection Collection => open;

    /// <summary>The groups with their consumers.</summary>
    public StoredGroups Groups => new(open);

    /// <summary>What the groups have given out and was not acknowledged.</summary>
    public StoredPending Pending => new(open);

    private StreamTree Tree => new(open);

    /// <summary>Reads what the stream says of itself; all zero when the key does not exist. This reads also
    /// what <see cref="SetHead"/> and <see cref="Append"/> need.</summary>
    public bool TryOpen(out StreamHead head)
    {
        head = default;
        bool isRead = Tree.TryRoot(out StreamRoot root) & TryLastId(root, out StreamId last);
        isRead &= Tree.TryRank(StreamKey.Entries, out long before);
        if (!isRead) return false;
        long length = Tree.Count - before;
        StreamId first = default;
        if (length > 0)
        {
            if (!Tree.TryAt(before, out ReadOnlySpan<byte> key, out _)) return false;
            first = StreamKey.IdIn(key);
        }

        head = new StreamHead(length, first, last, root.MaxDeleted, unchecked(length + root.Removed));
        return true;
    }

    /// <summary>Reads the highest id that was given; 0-0 when the key does not exist. This reads less than
    /// <see cref="TryOpen"/>.</summary>
    public bool TryLastId(out StreamId id)
    {
        id = default;
        return Tree.TryRoot(out StreamRoot root) & TryLastId(root, out id);
    }

    /// <summary>Sets the last id, the highest deleted id and the number of entries added, after
    /// <see cref="TryOpen"/>; the head's length and first id mean nothing here. Makes an empty stream when
    /// the key does not exist.</summary>
    public void SetHead(in StreamHead head)
    {
        StreamRoot root = Tree.Root();
        Tree.TryRank(StreamKey.Entries, out long before);
        long removed = unchecked(head.EntriesAdded - (Tree.Count - before));
        Tree.SetRoot(new StreamRoot(head.LastId, head.MaxDeletedId, removed, root.NextGroup));
    }

    /// <summary>Reads what <see cref="Append"/> needs.</summary>
    /// <param name="contentBytes">How long the content is.</param>
    public bool TryPrepareAppend(int contentBytes) =>
        Tree.TryPrepareAppend(StreamKey.SmallBytes, contentBytes);

    /// <summary>Adds an entry behind all others, after <see cref="TryPrepareAppend"/>.</summary>
    /// <param name="id">Its id, which is after the last one.</param>
    /// <param name="content">What a <see cref="StreamEntryWriter"/> has written; at most
    /// <see cref="ContentBytesMax"/> long.</param>
    public void Append(StreamId id, ReadOnlySpan<byte> content)
    {
        StreamKey key = StreamKey.Entry(stackalloc byte[StreamKey.SmallBytes], id);
        Tree.Append(key.Bytes, content);
    }

    /// <summary>Looks for an entry.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="isThere">False when there is none.</param>
    /// <param name="content">What a <see cref="StreamEntryReader"/> reads, valid until the next
    /// change.</param>
    public bool TryFind(StreamId id, out bool isThere, out ReadOnlySpan<byte> content)
    {
        StreamKey key = StreamKey.Entry(stackalloc byte[StreamKey.SmallBytes], id);
        return Tree.TryFind(key.Bytes, out isThere, out content);
    }

    /// <summary>Counts the entries before an id, or with <paramref name="after"/> the one with this id,
    /// too.</summary>
    public bool TryCountBefore(StreamId id, bool after, out long count)
    {
        StreamKey key = StreamKey.Entry(stackalloc byte[StreamKey.SmallBytes], id);
        bool isRead = Tree.TryRank(key.Bytes, out count, out bool isThere) & TryBefore(out long before);
        count += (isThere && after ? 1 : 0) - before;
        return isRead;
    }

    /// <summary>The entry at an index, which is there.</summary>
    public bool TryAt(long index, out StreamId id, out ReadOnlySpan<byte> content)
    {
        id = default;
        content = default;
        if (!TryBefore(out long before)) return false;
        if (!Tree.TryAt(before + index, out ReadOnlySpan<byte> key, out content)) return false;
        id = StreamKey.IdIn(key);
        return true;
    }

    /// <summary>Reads all entries of a stretch of indexes, to be walked over.</summary>
    public bool TryRead(long from, long to) =>
        from >= to || (TryBefore(out long before) && Tree.TryRead(before + from, before + to));

    /// <summary>As the other overload, up to a number of bytes.</summary>
    /// <param name="from">The first index.</param>
    /// <param name="to">The index behind the last.</param>
    /// <param name="bytesMax">How many bytes.</param>
    /// <param name="isLong">True when it is more. Then not all is read, and true is returned.</param>
    /// <param name="before">How many elements of the collection are before the entries.</param>
    public bool TryRead(long from, long to, long bytesMax, out bool isLong, out long before)
    {
        isLong = false;
        before = 0;
        if (from >= to) return true;
        return TryBefore(out before)
            && Tree.TryRead(before + from, before + to, bytesMax, out isLong);
    }

    /// <summary>Goes through the entries from an index on. Dispose of it.</summary>
    public Walk Entries(long index, bool isBackwards = false) =>
        new(Tree, TryBefore(out long before), before, index, isBackwards);

    /// <summary>The most entries, up to a count, that can be trimmed without rewriting a leaf.</summary>
    public bool TryRoundTrim(long count, out long rounded)
    {
        rounded = 0;
        if (!TryBefore(out long before) || !Tree.TryLeafEnd(before + count, out long end)) return false;
        rounded = Math.Max(0, end - before);
        return true;
    }

    /// <summary>Reads what <see cref="Trim"/> needs.</summary>
    /// <param name="count">How many; at most as many as there are.</param>
    public bool TryPrepareTrim(long count) =>
        TryBefore(out long before) && Tree.TryPrepareRemoval(before, count);

    /// <summary>Removes the first entries, after <see cref="TryOpen"/> and <see cref="TryPrepareTrim"/>. The
    /// command may have added an entry meanwhile, which may go as well.</summary>
    public void Trim(long count)
    {
        if (count == 0) return;
        StreamRoot root = Tree.Root();
        root = root with { Removed = unchecked(root.Removed + count) };
        Tree.TryRank(StreamKey.Entries, out long before);
        Tree.SetRoot(count == Tree.Count - before ? WithLastId(root) : root);
        Tree.TryRank(StreamKey.Entries, out before);
        Tree.Remove(before, count);
    }

    /// <summary>Deletes entries, after <see cref="TryOpen"/>.</summary>
    /// <param name="ids">Their ids, in any order; some may not be there.</param>
    /// <param name="deleted">How many were there.</param>
    public bool TryDelete(ReadOnlySpan<StreamId> ids, out long deleted)
    {
        deleted = 0;
        bool isRead = true;
        bool isAny = false;
        foreach (StreamId id in ids)
        {
            isRead &= TryFind(id, out bool isThere, out _);
            isAny |= isThere;
        }

        if (!isRead || !isAny) return isRead;
        // The head must be there before entries go, and with the last entry may go the last id.
        StreamRoot root = WithLastId(Tree.Root());
        Tree.SetRoot(root);
        StreamId highest = root.MaxDeleted;
        Span<byte> room = stackalloc byte[StreamKey.SmallBytes];
        foreach (StreamId id in ids)
        {
            if (!Tree.Remove(StreamKey.Entry(room, id).Bytes)) continue;
            deleted++;
            if (id > highest) highest = id;
        }

        Tree.SetRoot(root with { MaxDeleted = highest, Removed = unchecked(root.Removed + deleted) });
        return true;
    }

    private bool TryBefore(out long count) => Tree.TryRank(StreamKey.Entries, out count);

    private bool TryLastId(in StreamRoot root, out StreamId id)
    {
        id = root.Floor;
        if (!Tree.TryLast(out ReadOnlySpan<byte> key)) return false;
        if (key.IsEmpty || !StreamKey.IsEntry(key)) return true;
        StreamId last = StreamKey.IdIn(key);
        if (last > id) id = last;
        return true;
    }

    private StreamRoot WithLastId(in StreamRoot root)
    {
        bool isRead = TryLastId(root, out StreamId last);
        Invariant.Check(isRead, "the end of a stream was read before it is changed");
        return root with { Floor = last };
    }

    /// <summary>A walk over entries.</summary>
    public ref struct Walk
    {
        private EndedWalk<KeyOrder> _walk;
        private readonly bool _isMissing;

        internal Walk(StreamTree tree, bool isRead, long before, long index, bool isBackwards)
        {
            _isMissing = !isRead;
            _walk = tree.From(isRead && index >= 0 ? before + index : -1, isBackwards);
        }

        /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
        public readonly bool IsMissing => _isMissing || _walk.IsMissing;

        /// <summary>The next entry.</summary>
        public bool TryNext(out StreamId id, out ReadOnlySpan<byte> content)
        {
            id = default;
            content = default;
            if (!_walk.TryNext(out ReadOnlySpan<byte> element)) return false;
            ReadOnlySpan<byte> key = ElementCodec.ReadBytes(element, 0);
            // Before the first entry, a walk backwards comes to something else.
            if (!StreamKey.IsEntry(key)) return false;
            id = StreamKey.IdIn(key);
            content = KeyOrder.Value(element);
            return true;
        }

        /// <summary>Gives working memory back.</summary>
        public void Dispose() => _walk.Dispose();
    }
}
