using System.Buffers;
using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>The elements of a list or a stream by their positions: a head and a tail in the root, and a tree
/// between them. Methods called Try… return false when something must be read from disk first; they have
/// changed nothing then.</summary>
internal readonly struct EndedTree<TOrder>(OpenCollection open)
    where TOrder : struct, IElementOrder
{
    /// <summary>The number of elements.</summary>
    public long Count
    {
        get
        {
            RootEnds ends = Ends.Root;
            return ends.HeadCount + Tree.Count + ends.TailCount;
        }
    }

    /// <summary>The elements in the root.</summary>
    public TreeEnds<TOrder> Ends => new(open);

    /// <summary>The elements between the ends.</summary>
    public CountedTree<OpenCollection.Nodes, TOrder> Tree => new(open.Tree);

    /// <summary>Changes what is between the ends.</summary>
    public TreeWriter<OpenCollection.Nodes, TOrder> Writer => new(open.Tree, open.Shape);

    private TreeTrimmer<OpenCollection.Nodes, TOrder> Trimmer => new(open.Tree, open.Shape);

    /// <summary>Reads what adding elements with so many bytes at an end needs.</summary>
    public bool TryPrepareAdd(bool atHead, long bytes) => Ends.TryPrepare(atHead, bytes);

    /// <summary>Adds an element at one end, after <see cref="TryPrepareAdd"/>.</summary>
    public void Add(bool atHead, ReadOnlySpan<byte> element)
    {
        ReadOnlySpan<byte> root = open.Root;
        if (RootFormat.IsSmall(root))
        {
            ReadOnlySpan<byte> leaf = RootFormat.Body(root);
            if (leaf.IsEmpty || leaf.Length + element.Length <= open.Shape.RootLeafBytesMax)
            {
                open.SpliceRoot(atHead ? RootFormat.SmallBytes : root.Length, 0, element);
                return;
            }
        }

        Ends.Make();
        Ends.Replace(atHead, atHead ? 0 : Ends.Root.Tail.Length, 0, element, 1);
    }

    /// <summary>Where in the head or the tail a position is; false when it is in the tree.</summary>
    /// <param name="position">The position.</param>
    /// <param name="orBeside">True for a place to insert: it may be between an end and the tree.</param>
    /// <param name="isHead">Which end.</param>
    /// <param name="offset">Where in it.</param>
    public bool TryFindEnd(long position, bool orBeside, out bool isHead, out int offset)
    {
        offset = 0;
        isHead = true;
        RootEnds ends = Ends.Root;
        if (!ends.IsThere) return false;
        ReadOnlySpan<byte> end = ends.Head;
        bool isThere = position < ends.HeadCount || (orBeside && position == ends.HeadCount);
        if (!isThere)
        {
            isHead = false;
            position -= ends.HeadCount + Tree.Count;
            if (position < 0) return false;
            end = ends.Tail;
        }

        for (; position > 0; position--) offset += TOrder.ElementLength(end[offset..]);
        return true;
    }

    /// <summary>The bytes from the element at a position on, which is there.</summary>
    public bool TryAt(long position, out ReadOnlySpan<byte> element)
    {
        element = default;
        if (TryFindEnd(position, false, out bool isHead, out int offset))
        {
            element = Ends.Root.End(isHead)[offset..];
            return true;
        }

        if (!Tree.TrySeek(position - Ends.Root.HeadCount, out TreePath path)) return false;
        element = Tree.From(path);
        return true;
    }

    /// <summary>Reads all elements of a stretch, to be walked over.</summary>
    public bool TryRead(long from, long to)
    {
        int head = Ends.Root.HeadCount;
        return Tree.TryRead(from - head, to - head);
    }

    /// <summary>Reads what the removal of a stretch needs, which is less than all of it.</summary>
    public bool TryPrepareRemoval(long position, long count)
    {
        (long from, long to) = InTree(position, count);
        return from >= to || Trimmer.TryPrepare(from, to - from);
    }

    /// <summary>Removes a stretch, but not all elements, after <see cref="TryPrepareRemoval"/> or
    /// <see cref="TryRead"/>.</summary>
    public void Remove(long position, long count)
    {
        RootEnds ends = Ends.Root;
        if (!ends.IsThere)
        {
            Trimmer.Remove(position, count);
            return;
        }

        if (position + count < ends.HeadCount)
        {
            RemoveFromEnd(true, position, position + count);
            return;
        }

        long tail = ends.HeadCount + Tree.Count;
        if (position >= tail && count < ends.TailCount)
            RemoveFromEnd(false, position - tail, position + count - tail);
        else Remove(position, count, tail + ends.TailCount);
    }

    /// <summary>Goes through the elements from a position on; a negative one has none. Dispose of
    /// it.</summary>
    public EndedWalk<TOrder> From(long position, bool isBackwards) => new(this, position, isBackwards);

    // The part of a stretch that is in the tree, in the tree's positions.
    private (long From, long To) InTree(long position, long count)
    {
        long from = position - Ends.Root.HeadCount;
        if (from + count <= 0) return default;
        return (Math.Max(from, 0), Math.Min(from + count, Tree.Count));
    }

    private void Remove(long position, long count, long all)
    {
        bool isFirst = position == 0 && !TOrder.HasKeys;
        bool isLast = position + count == all;
        int head = Ends.Root.HeadCount;
        long tail = all - Ends.Root.TailCount;
        long end = position + count;
        (long from, long to) = InTree(position, count);
        // From the back, so that positions stay.
        if (end > tail) RemoveFromEnd(false, Math.Max(position - tail, 0), end - tail);
        if (from < to) RemoveFromTree(from, to, isFirst, isLast);
        if (position < head) RemoveFromEnd(true, position, Math.Min(end, head));
        RootEnds ends = Ends.Root;
        if (!ends.Body.IsEmpty) return;
        if (isFirst && ends.HeadCount == 0) Ends.Exchange(fromHead: false);
        else if (isLast && ends.TailCount == 0) Ends.Exchange(fromHead: true);
        Ends.MakeSmall();
    }

    private void RemoveFromEnd(bool isHead, long from, long to)
    {
        ReadOnlySpan<byte> end = Ends.Root.End(isHead);
        int at = 0;
        for (long i = 0; i < from; i++) at += TOrder.ElementLength(end[at..]);
        int behind = at;
        for (long i = from; i < to; i++) behind += TOrder.ElementLength(end[behind..]);
        Ends.Replace(isHead, at, behind - at, default, (int)(from - to));
    }

    // What stays of a leaf that has become the first or the last one moves to the end before or behind it,
    // which is empty then, if the leaf is in memory.
    private void RemoveFromTree(long from, long to, bool isFirst, bool isLast)
    {
        CountedTree<OpenCollection.Nodes, TOrder> tree = new(open.ReadTree);
        TreePath path = default;
        bool moves = (isFirst || isLast) && open.Tree.Height > 0 && to - from < tree.Count
            && tree.TrySeek(isFirst ? to : from, out path) && path[0].Index > 0;
        if (!moves)
        {
            Trimmer.Remove(from, to - from);
            return;
        }

        ReadOnlySpan<byte> staying = tree.From(path);
        int count;
        if (isFirst)
        {
            count = CountedTree<OpenCollection.Nodes, TOrder>.ElementsIn(staying);
            to += count;
        }
        else
        {
            staying = TreeBytes.Get(open.ReadTree, path[0].Node)[..path[0].Offset];
            count = path[0].Index;
            from -= count;
        }

        byte[] moved = TreeBytes.Rent(staying, out int length);
        Trimmer.Remove(from, to - from);
        Ends.TakeBack(isFirst, moved.AsSpan(0, length), count);
        ArrayPool<byte>.Shared.Return(moved);
    }
}
