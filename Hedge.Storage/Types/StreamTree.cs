using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>The tree of a stream: keys with values, in the order of the keys' bytes.</summary>
internal readonly struct StreamTree(OpenCollection open)
{
    private CountedTree<OpenCollection.Nodes, KeyOrder> Tree => new(open.Tree);

    private TreeWriter<OpenCollection.Nodes, KeyOrder> Writer => new(open.Tree, open.Shape);

    private TreeTrimmer<OpenCollection.Nodes, KeyOrder> Trimmer => new(open.Tree, open.Shape);

    /// <summary>The number of elements.</summary>
    public long Count => Tree.Count;

    /// <summary>Looks for an element, and so reads what <see cref="Set"/> needs.</summary>
    public bool TryFind(scoped ReadOnlySpan<byte> key, out bool isThere, out ReadOnlySpan<byte> value)
    {
        value = default;
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
        return Tree.TryFind(new ElementKey(0, key), out TreePath path, out isThere)
            && Tree.TryPositionOf(path, out rank);
    }

    /// <summary>The element at a rank, which is there.</summary>
    public bool TryAt(long rank, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = value = default;
        if (!Tree.TrySeek(rank, out TreePath path)) return false;
        ReadOnlySpan<byte> element = Tree.From(path);
        key = ElementCodec.ReadBytes(element, 0);
        value = KeyOrder.Value(element);
        return true;
    }

    /// <summary>Reads the end of the tree.</summary>
    /// <param name="key">The last element's key; empty without elements.</param>
    public bool TryLast(out ReadOnlySpan<byte> key)
    {
        key = default;
        if (!Tree.TryEnd(out TreePath path)) return false;
        open.Tree.TryGet(path[0].Node, out ReadOnlySpan<byte> leaf);
        for (int at = 0; at < leaf.Length; at += KeyOrder.ElementLength(leaf[at..]))
            key = ElementCodec.ReadBytes(leaf, at);
        return true;
    }

    /// <summary>Adds an element behind all others, after <see cref="TryLast"/>.</summary>
    public void Append(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        bool isRead = Tree.TryEnd(out TreePath path);
        Invariant.Check(isRead, "the end of a stream was read before something is added there");
        Put(ref path, isThere: false, key, value);
    }

    /// <summary>Adds an element or changes its value, after <see cref="TryFind"/>.</summary>
    public void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        bool isRead = Tree.TryFind(new ElementKey(0, key), out TreePath path, out bool isThere);
        Invariant.Check(isRead, "an element of a stream that is set was looked up");
        Put(ref path, isThere, key, value);
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
        bool isRead = tree.TryFind(new ElementKey(0, key), out TreePath path, out bool isThere);
        if (!isRead || !isThere) return false;
        value = KeyOrder.Value(tree.From(path));
        return true;
    }

    /// <summary>Removes an element that this run of the command has looked up.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Remove(ReadOnlySpan<byte> key)
    {
        CountedTree<OpenCollection.Nodes, KeyOrder> tree = new(open.ReadTree);
        bool isRead = tree.TryFind(new ElementKey(0, key), out TreePath path, out bool isThere);
        if (!isRead || !isThere) return false;
        Writer.Remove(ref path, 1);
        return true;
    }

    /// <summary>Reads all elements of a stretch.</summary>
    public bool TryRead(long from, long to) => from >= to || Tree.TryRead(from, to);

    /// <inheritdoc cref="StretchReader.TryRead"/>
    public bool TryRead(long from, long to, long bytesMax, out bool isLong) =>
        StretchReader.TryRead(open, Tree, from, to, bytesMax, out isLong);

    /// <summary>Reads what the removal of a stretch needs.</summary>
    public bool TryPrepareRemoval(long from, long count) => count == 0 || Trimmer.TryPrepare(from, count);

    /// <summary>Removes a stretch, not all elements.</summary>
    public void Remove(long from, long count)
    {
        if (count > 0) Trimmer.Remove(from, count);
    }

    /// <summary>The last end of a leaf that is not after a position. Nothing is read but inner
    /// nodes.</summary>
    public bool TryLeafEnd(long position, out long end)
    {
        end = 0;
        if (!Tree.TrySeekLeaf(position, out TreePath path)) return false;
        end = position == Count ? position : position - path[0].Index;
        return true;
    }

    /// <summary>Goes through the elements from a rank on; a negative one has none.</summary>
    public TreeWalk<OpenCollection.Nodes, KeyOrder> From(long rank, bool isBackwards = false) =>
        new(Tree, rank, isBackwards);

    private void Put(ref TreePath path, bool isThere, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(key.Length, value.Length));
        builder.Add(key);
        builder.Add(value);
        if (isThere) Writer.Replace(ref path, builder.Element);
        else Writer.Insert(ref path, builder.Element);
    }
}
