using System.Buffers;

namespace Hedge.Storage.Collections;

/// <summary>
/// Changes a <see cref="CountedTree{TNodes, TOrder}"/>. This run of the command has read all nodes on the
/// path to the changed place. No other nodes are needed.
/// </summary>
/// <remarks>
/// 1. Content that does not fit is cut into pieces: at the end of the tree after the old content, at its
///    beginning before it, elsewhere into halves by bytes. The first piece keeps the node. The others get
///    new nodes, and entries after the first one's in the node above, which may be cut in turn.
/// 2. A root that does not fit first moves its content to a new node and keeps one entry for it.
/// 3. A node that has become empty is removed. One that has become short is joined with a neighbour
///    (<see cref="TreeJoiner{TNodes, TOrder}"/>). A write makes all earlier paths invalid.
/// </remarks>
internal readonly struct TreeWriter<TNodes, TOrder>(TNodes nodes, TreeShape shape)
    where TNodes : struct, INodes
    where TOrder : struct, IElementOrder
{
    // The longest leaf of another shape and one element, in the shortest leaves.
    private const int PiecesMax = 1024;
    private readonly TNodes _nodes = nodes;

    /// <summary>Inserts an element before a path's place.</summary>
    /// <param name="path">The place; for an order with keys, the place where
    /// <see cref="CountedTree{TNodes, TOrder}.TryFind"/> has not found the element.</param>
    /// <param name="element">The element; not a part of a node.</param>
    public void Insert(ref TreePath path, ReadOnlySpan<byte> element)
    {
        ReadOnlySpan<byte> leaf = TreeBytes.Get(_nodes, path[0].Node);
        bool fits = leaf.IsEmpty || leaf.Length + element.Length <= shape.BytesMax(0, path.Height);
        if (!fits)
        {
            if (path.Height == 0) HandDown(ref path);
            CutLeaf(ref path, 0, element);
            return;
        }

        _nodes.Splice(path[0].Node, path[0].Offset, 0, element);
        AddCounts(ref path, 1, 1);
    }

    /// <summary>Replaces the element at a path's place with one that has the same key.</summary>
    public void Replace(ref TreePath path, ReadOnlySpan<byte> element)
    {
        ReadOnlySpan<byte> leaf = TreeBytes.Get(_nodes, path[0].Node);
        ReadOnlySpan<byte> old = leaf[path[0].Offset..];
        old = old[..TOrder.ElementLength(old)];
        bool fits = old.Length == leaf.Length
            || leaf.Length - old.Length + element.Length <= shape.BytesMax(0, path.Height);
        if (fits)
        {
            Rewrite(path[0].Node, path[0].Offset, old, element);
            return;
        }

        if (path.Height == 0) HandDown(ref path);
        CutLeaf(ref path, old.Length, element);
    }

    /// <summary>Removes elements from a path's place on. All of them are in its leaf.</summary>
    /// <param name="path">The place of the first.</param>
    /// <param name="count">How many.</param>
    public void Remove(ref TreePath path, int count)
    {
        ReadOnlySpan<byte> leaf = TreeBytes.Get(_nodes, path[0].Node);
        int end = path[0].Offset;
        for (int i = 0; i < count; i++) end += TOrder.ElementLength(leaf[end..]);
        if (end - path[0].Offset == leaf.Length && path.Height > 0)
        {
            RemoveLeaf(ref path, count);
            return;
        }

        _nodes.Splice(path[0].Node, path[0].Offset, end - path[0].Offset, default);
        AddCounts(ref path, 1, -count);
        new TreeJoiner<TNodes, TOrder>(_nodes, shape).Join(ref path, 0);
    }

    /// <summary>Removes a path's leaf, in a tree with inner nodes. The leaf need not have been
    /// read.</summary>
    /// <param name="path">A way to the leaf.</param>
    /// <param name="count">The number of its elements, as the entry says.</param>
    public void RemoveLeaf(ref TreePath path, long count)
    {
        _nodes.Remove(path[0].Node);
        RemoveEntry(ref path, 1, count);
    }

    /// <summary>Adds a leaf before all others or after them; in an order with keys only after them. The inner
    /// nodes on the path there have been read.</summary>
    /// <param name="atHead">Before or after.</param>
    /// <param name="leaf">Its elements; not a part of a node.</param>
    /// <param name="count">How many there are.</param>
    public void AddLeaf(bool atHead, ReadOnlySpan<byte> leaf, long count)
    {
        ElementKey after = TOrder.KeyOf(leaf, _nodes.Seed);
        byte[] entry = ArrayPool<byte>.Shared.Rent(InnerEntry.HeaderBytes + TOrder.SeparatorBytesMax(after));
        CountedTree<TNodes, TOrder> tree = new(_nodes);
        TreePath path = default;
        if (_nodes.Height == 0 && !TreeBytes.Get(_nodes, 0).IsEmpty) HandDown(ref path);
        if (_nodes.Height > 0)
        {
            bool isRead = atHead ? tree.TrySeekLeaf(0, out path) : tree.TryLastLeaf(out path);
            Invariant.Check(isRead, "the path to a new leaf has been read");
        }

        // The whole key is a separator, if not the shortest one.
        ReadOnlySpan<byte> last = default;
        bool isKnown = TOrder.HasKeys && path.Height > 0 && _nodes.TryPeek(path[0].Node, out last);
        ElementKey before = isKnown ? KeyOfLast(last) : after;
        int bytes = InnerEntry.HeaderBytes
            + TOrder.Separate(before, after, entry.AsSpan(InnerEntry.HeaderBytes));
        InnerEntry.Write(entry, _nodes.Create(leaf), count);
        ReadOnlySpan<byte> added = entry.AsSpan(0, bytes);
        if (path.Height > 0)
        {
            int at = atHead ? 0 : TreeBytes.Get(_nodes, path[1].Node).Length;
            InsertEntries(ref path, 1, at, added, count);
        }
        else
        {
            _nodes.Splice(0, 0, 0, added);
            _nodes.SetHeight(1);
        }

        ArrayPool<byte>.Shared.Return(entry);
    }

    private void AddCounts(ref TreePath path, int level, long delta)
    {
        for (; level <= path.Height; level++)
        {
            int at = path[level].Offset;
            long sum = InnerEntry.Count(TreeBytes.Get(_nodes, path[level].Node)[at..]) + delta;
            TreeBytes.SetCount(_nodes, path[level].Node, at, sum);
        }
    }

    // Moves the root's content to a new node, which becomes its only child. The tree has one more level.
    private void HandDown(ref TreePath path)
    {
        int level = path.Height;
        Invariant.Check(level + 1 < TreePath.LevelsMax, "a tree has few levels");
        byte[] content = TreeBytes.Rent(TreeBytes.Get(_nodes, 0), out int length);
        long count = level == 0 ? CountedTree<TNodes, TOrder>.ElementsIn(content.AsSpan(0, length))
            : CountedTree<TNodes, TOrder>.CountsIn(content.AsSpan(0, length));
        uint child = _nodes.Create(content.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(content);
        Span<byte> entry = stackalloc byte[InnerEntry.HeaderBytes + 16];
        int bytes = InnerEntry.HeaderBytes
            + TOrder.Separate(default, default, entry[InnerEntry.HeaderBytes..]);
        InnerEntry.Write(entry, child, count);
        _nodes.Splice(0, 0, length, entry[..bytes]);
        path.Height = level + 1;
        _nodes.SetHeight(level + 1);
        path[level].Node = child;
        path[level + 1] = default;
    }

    private void CutLeaf(ref TreePath path, int replaced, ReadOnlySpan<byte> element)
    {
        ReadOnlySpan<byte> leaf = TreeBytes.Get(_nodes, path[0].Node);
        int at = path[0].Offset;
        int length = leaf.Length - replaced + element.Length;
        byte[] old = TreeBytes.Rent(leaf, out int oldLength);
        byte[] all = ArrayPool<byte>.Shared.Rent(length);
        leaf[..at].CopyTo(all);
        element.CopyTo(all.AsSpan(at));
        leaf[(at + replaced)..].CopyTo(all.AsSpan(at + element.Length));
        Span<byte> content = all.AsSpan(0, length);
        int place = replaced > 0 ? -1 : at;
        if (!TOrder.IsSorted && TOrder.HasKeys)
        {
            LeafSorter<TOrder>.Sort(content, _nodes.Seed);
            place = -1;
        }

        int split = -1;
        if (place == oldLength && IsLast(ref path)) split = oldLength;
        else if (place == 0 && IsFirst(ref path)) split = element.Length;
        LeafCutter<TOrder> cutter = new(shape.LeafBytesMax, _nodes.Seed);
        Span<int> ends = stackalloc int[PiecesMax];
        int pieces = cutter.Cut(content, split, ends);
        Spread(ref path, old.AsSpan(0, oldLength), content, ends[..pieces], replaced > 0 ? 0 : 1);
        ArrayPool<byte>.Shared.Return(all);
        ArrayPool<byte>.Shared.Return(old);
    }

    // The first piece stays; the others become leaves after it.
    private void Spread(ref TreePath path, ReadOnlySpan<byte> old, ReadOnlySpan<byte> content,
        ReadOnlySpan<int> ends, long delta)
    {
        byte[] entries = ArrayPool<byte>.Shared.Rent(EntriesBytesMax(content, ends));
        int used = 0;
        for (int i = 1; i < ends.Length; i++)
        {
            ReadOnlySpan<byte> piece = content[ends[i - 1]..ends[i]];
            Span<byte> entry = entries.AsSpan(used);
            uint child = _nodes.Create(piece);
            InnerEntry.Write(entry, child, CountedTree<TNodes, TOrder>.ElementsIn(piece));
            used += InnerEntry.HeaderBytes;
            if (!TOrder.HasKeys) continue;
            ElementKey before = KeyOfLast(content[(i == 1 ? 0 : ends[i - 2])..ends[i - 1]]);
            ElementKey after = TOrder.KeyOf(piece, _nodes.Seed);
            used += TOrder.Separate(before, after, entries.AsSpan(used));
        }

        Rewrite(path[0].Node, 0, old, content[..ends[0]]);
        long first = CountedTree<TNodes, TOrder>.ElementsIn(content[..ends[0]]);
        ReplaceEntry(ref path, 1, first, entries.AsSpan(0, used), delta);
        ArrayPool<byte>.Shared.Return(entries);
    }

    private int EntriesBytesMax(ReadOnlySpan<byte> content, ReadOnlySpan<int> ends)
    {
        int bytes = ends.Length * InnerEntry.HeaderBytes;
        for (int i = 1; i < ends.Length; i++)
            bytes += TOrder.SeparatorBytesMax(TOrder.KeyOf(content[ends[i - 1]..], _nodes.Seed));
        return bytes;
    }

    private ElementKey KeyOfLast(ReadOnlySpan<byte> leaf)
    {
        int at = 0;
        while (true)
        {
            int length = TOrder.ElementLength(leaf[at..]);
            if (at + length == leaf.Length) return TOrder.KeyOf(leaf[at..], _nodes.Seed);
            at += length;
        }
    }

    // Gives the entry at a level another count, and adds entries after it.
    private void ReplaceEntry(ref TreePath path, int level, long count, ReadOnlySpan<byte> behind, long delta)
    {
        TreeBytes.SetCount(_nodes, path[level].Node, path[level].Offset, count);
        int at = path[level].Offset;
        ReadOnlySpan<byte> entry = TreeBytes.Get(_nodes, path[level].Node)[at..];
        at += CountedTree<TNodes, TOrder>.EntryLength(entry);
        InsertEntries(ref path, level, at, behind, delta);
    }

    private void InsertEntries(
        ref TreePath path, int level, int at, ReadOnlySpan<byte> entries, long delta)
    {
        if (!entries.IsEmpty)
        {
            ReadOnlySpan<byte> inner = TreeBytes.Get(_nodes, path[level].Node);
            if (inner.Length + entries.Length > shape.BytesMax(level, path.Height)
                && CountedTree<TNodes, TOrder>.EntriesIn(inner) >= TreeShape.EntriesMin)
            {
                if (level == path.Height) HandDown(ref path);
                CutInner(ref path, level, at, entries, delta);
                return;
            }

            _nodes.Splice(path[level].Node, at, 0, entries);
        }

        AddCounts(ref path, level + 1, delta);
    }

    private void CutInner(
        ref TreePath path, int level, int at, ReadOnlySpan<byte> inserted, long delta)
    {
        ReadOnlySpan<byte> inner = TreeBytes.Get(_nodes, path[level].Node);
        byte[] old = TreeBytes.Rent(inner, out int oldLength);
        int length = oldLength + inserted.Length;
        byte[] all = ArrayPool<byte>.Shared.Rent(length);
        inner[..at].CopyTo(all);
        inserted.CopyTo(all.AsSpan(at));
        inner[at..].CopyTo(all.AsSpan(at + inserted.Length));
        Span<byte> content = all.AsSpan(0, length);
        // What grows at an end leaves full nodes behind.
        int place = at == oldLength ? at : at == 0 ? inserted.Length : length / 2;
        int split = CutPoint(content, place);
        ReadOnlySpan<byte> right = content[split..];
        uint child = _nodes.Create(right);
        int separator = TOrder.SeparatorLength(right[InnerEntry.HeaderBytes..]);
        byte[] entry = ArrayPool<byte>.Shared.Rent(InnerEntry.HeaderBytes + separator);
        InnerEntry.Write(entry, child, CountedTree<TNodes, TOrder>.CountsIn(right));
        right.Slice(InnerEntry.HeaderBytes, separator).CopyTo(entry.AsSpan(InnerEntry.HeaderBytes));
        Rewrite(path[level].Node, 0, old.AsSpan(0, oldLength), content[..split]);
        long first = CountedTree<TNodes, TOrder>.CountsIn(content[..split]);
        ReplaceEntry(ref path, level + 1, first, entry.AsSpan(0, InnerEntry.HeaderBytes + separator), delta);
        ArrayPool<byte>.Shared.Return(entry);
        ArrayPool<byte>.Shared.Return(all);
        ArrayPool<byte>.Shared.Return(old);
    }

    // The first end of an entry that is not before a place. Both sides get entries.
    private static int CutPoint(ReadOnlySpan<byte> inner, int place)
    {
        int at = 0;
        while (true)
        {
            int next = at + CountedTree<TNodes, TOrder>.EntryLength(inner[at..]);
            if (next == inner.Length) return at;
            if (next >= place) return next;
            at = next;
        }
    }

    private void RemoveEntry(ref TreePath path, int level, long count)
    {
        ReadOnlySpan<byte> inner = TreeBytes.Get(_nodes, path[level].Node);
        int at = path[level].Offset;
        int length = CountedTree<TNodes, TOrder>.EntryLength(inner[at..]);
        if (length == inner.Length && level < path.Height)
        {
            _nodes.Remove(path[level].Node);
            RemoveEntry(ref path, level + 1, count);
            return;
        }

        bool isEmpty = length == inner.Length;
        _nodes.Splice(path[level].Node, at, length, default);
        if (isEmpty)
        {
            path.Height = 0;
            _nodes.SetHeight(0);
            return;
        }

        AddCounts(ref path, level + 1, -count);
        new TreeJoiner<TNodes, TOrder>(_nodes, shape).Join(ref path, level);
    }

    // Only what differs is logged.
    private void Rewrite(uint node, int offset, ReadOnlySpan<byte> old, ReadOnlySpan<byte> content)
    {
        int same = old.CommonPrefixLength(content);
        int tail = 0;
        int most = Math.Min(old.Length, content.Length) - same;
        while (tail < most && old[^(tail + 1)] == content[^(tail + 1)]) tail++;
        if (same + tail == old.Length && old.Length == content.Length) return;
        _nodes.Splice(node, offset + same, old.Length - same - tail, content[same..^tail]);
    }

    private bool IsLast(ref TreePath path)
    {
        for (int level = 1; level <= path.Height; level++)
        {
            ReadOnlySpan<byte> inner = TreeBytes.Get(_nodes, path[level].Node);
            int at = path[level].Offset;
            if (at + CountedTree<TNodes, TOrder>.EntryLength(inner[at..]) < inner.Length) return false;
        }

        return true;
    }

    private static bool IsFirst(ref TreePath path)
    {
        for (int level = 1; level <= path.Height; level++)
            if (path[level].Offset > 0) return false;
        return true;
    }
}
