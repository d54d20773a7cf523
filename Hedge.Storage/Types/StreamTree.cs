using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>What a stream is made of: keys with values, in the order of the keys' bytes. The last ones stand
/// in the root.</summary>
internal readonly struct StreamTree(OpenCollection open)
{
    /// <summary>The number of elements.</summary>
    public long Count => Elements.Count;

    private EndedTree<KeyOrder> Elements => new(open);

    private ReadOnlySpan<byte> Tail => Elements.Ends.Root.Tail;

    private CountedTree<OpenCollection.Nodes, KeyOrder> Tree => Elements.Tree;

    private TreeWriter<OpenCollection.Nodes, KeyOrder> Writer => Elements.Writer;

    /// <summary>Looks for an element, and so reads what <see cref="Set"/> needs.</summary>
    public bool TryFind(scoped ReadOnlySpan<byte> key, out bool isThere, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (IsInTail(key, out int offset, out _, out isThere))
        {
            if (isThere) value = KeyOrder.Value(Tail[offset..]);
            // Another entry is only added at the end; for the others it may be necessary to make room.
            return StreamKey.IsEntry(key) || Tree.TryLastLeaf(out _);
        }

        if (!Tree.TryFind(new ElementKey(0, key), out TreePath path, out isThere)) return false;
        if (isThere) value = KeyOrder.Value(Tree.From(path));
        return true;
    }

    /// <summary>Counts the elements before a key.</summary>
    public bool TryRank(ReadOnlySpan<byte> key, out long rank) => TryRank(key, out rank, out _);

    /// <summary>Counts the elements before a key.</summary>
    public bool TryRank(ReadOnlySpan<byte> key, out long rank, out bool isThere)
    {
        rank = 0;
        if (IsInTail(key, out _, out int index, out isThere))
        {
            rank = Tree.Count + index;
            return true;
        }

        return Tree.TryFind(new ElementKey(0, key), out TreePath path, out isThere)
            && Tree.TryPositionOf(path, out rank);
    }

    /// <summary>The element at a rank, which is there.</summary>
    public bool TryAt(long rank, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = value = default;
        if (!Elements.TryAt(rank, out ReadOnlySpan<byte> element)) return false;
        key = ElementCodec.ReadBytes(element, 0);
        value = KeyOrder.Value(element);
        return true;
    }

    /// <summary>Reads the end of the tree.</summary>
    /// <param name="key">The last element's key; empty without elements.</param>
    public bool TryLast(out ReadOnlySpan<byte> key)
    {
        key = default;
        ReadOnlySpan<byte> leaf = Tail;
        if (leaf.IsEmpty)
        {
            if (!Tree.TryEnd(out TreePath path)) return false;
            open.Tree.TryGet(path[0].Node, out leaf);
        }

        for (int at = 0; at < leaf.Length; at += KeyOrder.ElementLength(leaf[at..]))
            key = ElementCodec.ReadBytes(leaf, at);
        return true;
    }

    /// <summary>Reads what <see cref="Append"/> needs.</summary>
    public bool TryPrepareAppend(int keyBytes, int valueBytes) =>
        Elements.TryPrepareAdd(false, ElementBuilder.BytesMax(keyBytes, valueBytes));

    /// <summary>Adds an element behind all others, after <see cref="TryPrepareAppend"/>.</summary>
    public void Append(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(key.Length, value.Length));
        builder.Add(key);
        builder.Add(value);
        Elements.Add(false, builder.Element);
    }

    /// <summary>Adds an element or changes its value, after <see cref="TryFind"/>.</summary>
    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(key.Length, value.Length));
        builder.Add(key);
        builder.Add(value);
        if (IsInTail(key, out int offset, out _, out bool isThere))
        {
            int old = isThere ? KeyOrder.ElementLength(Tail[offset..]) : 0;
            Elements.Ends.Replace(false, offset, old, builder.Element, isThere ? 0 : 1);
            return;
        }

        bool isRead = Tree.TryFind(new ElementKey(0, key), out TreePath path, out isThere);
        Invariant.Check(isRead, "an element of a stream that is set was looked up");
        if (isThere) Writer.Replace(ref path, builder.Element);
        else Writer.Insert(ref path, builder.Element);
    }

    /// <summary>Reads the value of the stream's first element, and what <see cref="SetRoot"/>
    /// needs.</summary>
    public bool TryRoot(out StreamRoot root)
    {
        bool isRead = TryFind(StreamKey.Head, out _, out ReadOnlySpan<byte> value);
        root = StreamRoot.Read(value);
        return isRead;
    }

    /// <summary>As <see cref="TryRoot"/>, which was called before.</summary>
    public StreamRoot Root()
    {
        bool isRead = TryRoot(out StreamRoot root);
        Invariant.Check(isRead, "a stream was opened before it is changed");
        return root;
    }

    /// <summary>Sets the value of the stream's first element.</summary>
    public void SetRoot(in StreamRoot root)
    {
        Span<byte> value = stackalloc byte[StreamRoot.SizeBytes];
        root.Write(value);
        Set(StreamKey.Head, value);
    }

    /// <summary>As <see cref="TryFind"/>, for an element that was looked up before the command began to
    /// write.</summary>
    public bool HasStill(scoped ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        CountedTree<OpenCollection.Nodes, KeyOrder> tree = new(open.ReadTree);
        value = default;
        if (IsInTail(key, out int offset, out _, out bool isInTail))
        {
            if (isInTail) value = KeyOrder.Value(Tail[offset..]);
            return isInTail;
        }

        bool isRead = tree.TryFind(new ElementKey(0, key), out TreePath path, out bool isThere);
        if (!isRead || !isThere) return false;
        value = KeyOrder.Value(tree.From(path));
        return true;
    }

    /// <summary>Removes an element that this run of the command has looked up.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Remove(ReadOnlySpan<byte> key)
    {
        if (IsInTail(key, out int offset, out _, out bool isInTail))
        {
            if (!isInTail) return false;
            Elements.Ends.Replace(false, offset, KeyOrder.ElementLength(Tail[offset..]), default, -1);
            return true;
        }

        CountedTree<OpenCollection.Nodes, KeyOrder> tree = new(open.ReadTree);
        bool isRead = tree.TryFind(new ElementKey(0, key), out TreePath path, out bool isThere);
        if (!isRead || !isThere) return false;
        Writer.Remove(ref path, 1);
        return true;
    }

    /// <summary>Reads all elements of a stretch.</summary>
    public bool TryRead(long from, long to) => from >= to || Elements.TryRead(from, to);

    /// <inheritdoc cref="StretchReader.TryRead"/>
    public bool TryRead(long from, long to, long bytesMax, out bool isLong) =>
        StretchReader.TryRead(open, Tree, from, to, bytesMax, out isLong);

    /// <summary>Reads what the removal of a stretch needs.</summary>
    public bool TryPrepareRemoval(long from, long count) =>
        count == 0 || Elements.TryPrepareRemoval(from, count);

    /// <summary>Removes a stretch, not all elements.</summary>
    public void Remove(long from, long count)
    {
        if (count > 0) Elements.Remove(from, count);
    }

    /// <summary>The last end of a leaf that is not after a position. Nothing is read but inner
    /// nodes.</summary>
    public bool TryLeafEnd(long position, out long end)
    {
        end = position;
        if (position == Count) return true;
        end = Tree.Count;
        if (position >= end) return true;
        if (!Tree.TrySeekLeaf(position, out TreePath path)) return false;
        end = position - path[0].Index;
        return true;
    }

    /// <summary>Goes through the elements from a rank on; a negative one has none.</summary>
    public EndedWalk<KeyOrder> From(long rank, bool isBackwards = false) =>
        Elements.From(rank, isBackwards);

    // Where in the tail an element is or would be; false when it is before the tail's first.
    private bool IsInTail(scoped ReadOnlySpan<byte> key, out int offset, out int index, out bool isThere)
    {
        ReadOnlySpan<byte> tail = Tail;
        (offset, index, isThere) = (0, 0, false);
        while (offset < tail.Length)
        {
            int order = ElementCodec.ReadBytes(tail, offset).SequenceCompareTo(key);
            isThere = order == 0;
            if (order >= 0) return index > 0 || isThere;
            offset += KeyOrder.ElementLength(tail[offset..]);
            index++;
        }

        return index > 0;
    }
}
