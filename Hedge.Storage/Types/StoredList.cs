using System.Buffers;
using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>The list in an open collection: a head and a tail in the root, and a tree between them. Methods
/// called Try… return false when something must be read from disk first; they have changed nothing then, and
/// the command runs again. Whoever changes several elements has read what is between the first and the last
/// (<see cref="TryRead"/>), and adds before he removes.</summary>
/// <param name="open">The collection.</param>
public readonly struct StoredList(OpenCollection open)
{
    /// <summary>The number of elements.</summary>
    public long Count
    {
        get
        {
            ListRoot root = Root;
            return root.HeadCount + Tree.Count + root.TailCount;
        }
    }

    /// <summary>The collection.</summary>
    public OpenCollection Collection => open;

    private ListRoot Root => new(open.Root);

    private ListEnds Ends => new(open);

    private CountedTree<OpenCollection.Nodes, PositionOrder> Tree => new(open.Tree);

    private TreeWriter<OpenCollection.Nodes, PositionOrder> Writer => new(open.Tree, open.Shape);

    private TreeTrimmer<OpenCollection.Nodes, PositionOrder> Trimmer => new(open.Tree, open.Shape);

    /// <summary>Adds an element at one end.</summary>
    public bool TryPush(ReadOnlySpan<byte> value, bool atHead)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(value.Length));
        builder.Add(value);
        ListRoot root = Root;
        if (!root.HasEnds)
        {
            ReadOnlySpan<byte> leaf = RootFormat.Body(open.Root);
            bool isLeaf = RootFormat.IsSmall(open.Root)
                && (leaf.IsEmpty || leaf.Length + builder.Element.Length <= open.Shape.RootLeafBytesMax);
            if (isLeaf)
            {
                open.SpliceRoot(atHead ? RootFormat.SmallBytes : open.Root.Length, 0, builder.Element);
                return true;
            }
        }

        if (!Ends.TryPrepare(atHead, builder.Element.Length)) return false;
        Ends.Make();
        Ends.Replace(atHead, atHead ? 0 : Root.Tail.Length, 0, builder.Element, 1);
        return true;
    }

    /// <summary>Inserts an element before a position, which may be the end.</summary>
    public bool TryInsert(long position, ReadOnlySpan<byte> value)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(value.Length));
        builder.Add(value);
        if (TryFindEnd(position, true, out bool isHead, out int offset))
        {
            if (!Ends.TryPrepare(isHead, builder.Element.Length)) return false;
            Ends.Replace(isHead, offset, 0, builder.Element, 1);
            return true;
        }

        if (!Tree.TrySeek(position - Root.HeadCount, out TreePath path)) return false;
        Writer.Insert(ref path, builder.Element);
        return true;
    }

    /// <summary>The element at a position.</summary>
    public bool TryAt(long position, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (TryFindEnd(position, false, out bool isHead, out int offset))
        {
            value = ElementCodec.ReadBytes((isHead ? Root.Head : Root.Tail)[offset..], 0);
            return true;
        }

        if (!Tree.TrySeek(position - Root.HeadCount, out TreePath path)) return false;
        value = ElementCodec.ReadBytes(Tree.From(path), 0);
        return true;
    }

    /// <summary>Replaces the element at a position.</summary>
    public bool TrySet(long position, ReadOnlySpan<byte> value)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(value.Length));
        builder.Add(value);
        if (TryFindEnd(position, false, out bool isHead, out int offset))
        {
            if (!Ends.TryPrepare(isHead, builder.Element.Length)) return false;
            int old = PositionOrder.ElementLength((isHead ? Root.Head : Root.Tail)[offset..]);
            Ends.Replace(isHead, offset, old, builder.Element, 0);
            return true;
        }

        if (!Tree.TrySeek(position - Root.HeadCount, out TreePath path)) return false;
        Writer.Replace(ref path, builder.Element);
        return true;
    }

    /// <summary>Reads what the removal of a stretch needs, which is less than all of it.</summary>
    public bool TryPrepareRemoval(long position, long count)
    {
        (long from, long to) = InTree(position, count);
        return from >= to || Trimmer.TryPrepare(from, to - from);
    }

    /// <summary>Removes a stretch after <see cref="TryPrepareRemoval"/> or <see cref="TryRead"/>; with the
    /// last element goes the key.</summary>
    public void Remove(long position, long count)
    {
        if (position + count < Root.HeadCount)
        {
            RemoveFromEnd(true, position, position + count);
            return;
        }

        long all = Count;
        if (count == all) open.Remove();
        else if (!Root.HasEnds) Trimmer.Remove(position, count);
        else Remove(position, count, all);
    }

    /// <summary>Reads what adding elements with so many bytes at an end needs.</summary>
    public bool TryPreparePush(bool atHead, long bytes, int count = 1) =>
        Ends.TryPrepare(atHead, bytes + ((long)count * ElementCodec.LengthBytesMax));

    /// <summary>Reads all elements of a stretch, to be walked over.</summary>
    public bool TryRead(long from, long to)
    {
        int head = Root.HeadCount;
        return Tree.TryRead(from - head, to - head);
    }

    /// <summary>Goes through the elements from a position on, which is there. Dispose of it.</summary>
    public Walk From(long position, bool isBackwards = false) => new(this, position, isBackwards);

    // Where in the head or the tail a position is; false when it is in the tree. Between an end and the tree
    // one may insert into the end.
    private bool TryFindEnd(long position, bool orBeside, out bool isHead, out int offset)
    {
        offset = 0;
        isHead = true;
        ListRoot root = Root;
        if (!root.HasEnds) return false;
        ReadOnlySpan<byte> end = root.Head;
        bool isThere = position < root.HeadCount || (orBeside && position == root.HeadCount);
        if (!isThere)
        {
            isHead = false;
            position -= root.HeadCount + Tree.Count;
            if (position < 0) return false;
            end = root.Tail;
        }

        for (; position > 0; position--) offset += PositionOrder.ElementLength(end[offset..]);
        return true;
    }

    // The part of a stretch that is in the tree, in the tree's positions.
    private (long From, long To) InTree(long position, long count)
    {
        long from = position - Root.HeadCount;
        if (from + count <= 0) return default;
        return (Math.Max(from, 0), Math.Min(from + count, Tree.Count));
    }

    private void Remove(long position, long count, long all)
    {
        bool isFirst = position == 0;
        bool isLast = position + count == all;
        int head = Root.HeadCount;
        long tail = all - Root.TailCount;
        (long from, long to) = InTree(position, count);
        // From the back, so that positions stay.
        if (position + count > tail) RemoveFromEnd(false, Math.Max(position - tail, 0), position + count - tail);
        if (from < to) RemoveFromTree(from, to, isFirst, isLast);
        if (position < head) RemoveFromEnd(true, position, Math.Min(position + count, head));
        ListRoot root = Root;
        if (!root.Body.IsEmpty) return;
        if (isFirst && root.HeadCount == 0) Ends.Exchange(fromHead: false);
        else if (isLast && root.TailCount == 0) Ends.Exchange(fromHead: true);
        Ends.MakeSmall();
    }

    private void RemoveFromEnd(bool isHead, long from, long to)
    {
        ReadOnlySpan<byte> end = isHead ? Root.Head : Root.Tail;
        int at = 0;
        for (long i = 0; i < from; i++) at += PositionOrder.ElementLength(end[at..]);
        int behind = at;
        for (long i = from; i < to; i++) behind += PositionOrder.ElementLength(end[behind..]);
        Ends.Replace(isHead, at, behind - at, default, (int)(from - to));
    }

    // What stays of a leaf that has become the first or the last one moves to the end before or behind it,
    // if that is empty then and the leaf is in memory.
    private void RemoveFromTree(long from, long to, bool isFirst, bool isLast)
    {
        CountedTree<OpenCollection.Nodes, PositionOrder> tree = new(open.ReadTree);
        TreePath path = default;
        bool moves = (isFirst || isLast) && open.Tree.Height > 0 && to - from < tree.Count
            && tree.TrySeek(isFirst ? to : from, out path) && path.At(0).Index > 0;
        if (!moves)
        {
            Trimmer.Remove(from, to - from);
            return;
        }

        TreeStep step = path.At(0);
        ReadOnlySpan<byte> rest = tree.From(path);
        int staying;
        if (isFirst)
        {
            staying = CountedTree<OpenCollection.Nodes, PositionOrder>.ElementsIn(rest);
            to += staying;
        }
        else
        {
            open.Tree.TryGet(step.Node, out ReadOnlySpan<byte> leaf);
            rest = leaf[..step.Offset];
            staying = step.Index;
            from -= staying;
        }

        byte[] moved = TreeBytes.Rent(rest, out int length);
        Trimmer.Remove(from, to - from);
        Ends.TakeBack(isFirst, moved.AsSpan(0, length), staying);
        ArrayPool<byte>.Shared.Return(moved);
    }

    /// <summary>A walk over elements.</summary>
    public ref struct Walk
    {
        private const int HeadPart = 0;
        private const int TreePart = 1;
        private const int TailPart = 2;

        private readonly StoredList _list;
        private readonly bool _isBackwards;
        private TreeWalk<OpenCollection.Nodes, PositionOrder> _tree;
        private LeafWalk<PositionOrder> _end;
        private int _part;

        internal Walk(StoredList list, long position, bool isBackwards)
        {
            (_list, _isBackwards) = (list, isBackwards);
            int head = list.Root.HeadCount;
            if (position < head)
            {
                Enter(HeadPart, position);
                return;
            }

            long tail = head + list.Tree.Count;
            bool isInTail = position >= tail && list.Root.TailCount > 0;
            Enter(isInTail ? TailPart : TreePart, position - (isInTail ? tail : head));
        }

        /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
        public readonly bool IsMissing => _tree.IsMissing;

        /// <summary>The next element.</summary>
        public bool TryNext(out ReadOnlySpan<byte> value)
        {
            ReadOnlySpan<byte> element;
            while (!(_part == TreePart ? _tree.TryNext(out element) : _end.TryNext(out element)))
            {
                int next = _part + (_isBackwards ? -1 : 1);
                if (next is < HeadPart or > TailPart || IsMissing)
                {
                    value = default;
                    return false;
                }

                Enter(next, _isBackwards ? long.MaxValue : 0);
            }

            value = ElementCodec.ReadBytes(element, 0);
            return true;
        }

        /// <summary>Gives working memory back.</summary>
        public void Dispose()
        {
            _tree.Dispose();
            _end.Dispose();
        }

        // A position behind the part's last element is the last one.
        private void Enter(int part, long position)
        {
            _part = part;
            if (part == TreePart)
            {
                if (_isBackwards) position = Math.Min(position, _list.Tree.Count - 1);
                _tree = new(_list.Tree, position, _isBackwards);
                return;
            }

            ReadOnlySpan<byte> end = part == HeadPart ? _list.Root.Head : _list.Root.Tail;
            if (_isBackwards)
            {
                _end.EnterBackwards(end, (int)Math.Min(position, int.MaxValue - 1) + 1);
                return;
            }

            for (; position > 0; position--) end = end[PositionOrder.ElementLength(end)..];
            _end.Enter(end);
        }
    }
}
