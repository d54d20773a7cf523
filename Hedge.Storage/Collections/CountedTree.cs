using System.Runtime.InteropServices;

namespace Hedge.Storage.Collections;

/// <summary>
/// A B+tree whose inner nodes know how many elements are below each child. It finds elements by key or by
/// position, in time that grows with the logarithm of their number. This class only reads; changes are
/// <see cref="TreeWriter{TNodes, TOrder}"/>'s.
/// </summary>
/// <remarks>
/// 1. Level 0 has the leaves: elements one after the other. Above them are inner nodes
///    (<see cref="InnerEntry"/>); the root is at the level of the tree's height.
/// 2. To find a key, take in each inner node the last entry whose separator is not after the key, or the
///    first entry.
/// 3. To find a position, take in each inner node the entry whose elements contain the position, by adding
///    up the counts of the entries before. Methods called Try… return false when a node must be read from
///    disk first.
/// </remarks>
internal readonly struct CountedTree<TNodes, TOrder>(TNodes nodes)
    where TNodes : struct, INodes
    where TOrder : struct, IElementOrder
{
    private readonly TNodes _nodes = nodes;

    /// <summary>The number of elements.</summary>
    public long Count
    {
        get
        {
            _nodes.TryGet(0, out ReadOnlySpan<byte> root);
            return _nodes.Height == 0 ? ElementsIn(root) : CountsIn(root);
        }
    }

    /// <summary>The number of elements in a leaf.</summary>
    public static int ElementsIn(ReadOnlySpan<byte> leaf)
    {
        int count = 0;
        for (int at = 0; at < leaf.Length; count++) at += TOrder.ElementLength(leaf[at..]);
        return count;
    }

    /// <summary>The number of elements below an inner node.</summary>
    public static long CountsIn(ReadOnlySpan<byte> inner)
    {
        if (TOrder.SeparatorBytes == 0) return InnerEntry.SumOfCounts(MemoryMarshal.Cast<byte, ulong>(inner));
        long count = 0;
        for (int at = 0; at < inner.Length; at += EntryLength(inner[at..]))
            count += InnerEntry.Count(inner[at..]);
        return count;
    }

    /// <summary>The number of entries of an inner node.</summary>
    public static int EntriesIn(ReadOnlySpan<byte> inner)
    {
        int count = 0;
        for (int at = 0; at < inner.Length; count++) at += EntryLength(inner[at..]);
        return count;
    }

    /// <summary>The length of the bytes' first entry.</summary>
    public static int EntryLength(ReadOnlySpan<byte> entry) =>
        InnerEntry.HeaderBytes + TOrder.SeparatorLength(entry[InnerEntry.HeaderBytes..]);

    /// <summary>Goes to the leaf of a position but does not read it. The path's step in the leaf has the
    /// element's number in it.</summary>
    /// <param name="position">From 0 up to the number of elements, which is the end of the last leaf.</param>
    /// <param name="path">The path there.</param>
    public bool TrySeekLeaf(long position, out TreePath path)
    {
        path = default;
        path.Height = _nodes.Height;
        uint node = 0;
        for (int level = path.Height; level > 0; level--)
        {
            if (!_nodes.TryGet(node, out ReadOnlySpan<byte> inner)) return false;
            int at = 0;
            while (true)
            {
                uint count = InnerEntry.Count(inner[at..]);
                int next = at + EntryLength(inner[at..]);
                if (position < count || next == inner.Length) break;
                position -= count;
                at = next;
            }

            path[level] = new TreeStep { Node = node, Offset = at };
            node = InnerEntry.Child(inner[at..]);
        }

        path[0] = new TreeStep { Node = node, Index = (int)position };
        return true;
    }

    /// <summary>Goes to a position, as <see cref="TrySeekLeaf"/>, and reads the leaf.</summary>
    public bool TrySeek(long position, out TreePath path) =>
        TrySeekLeaf(position, out path) && TryEnterLeaf(ref path);

    /// <summary>Goes behind the last element.</summary>
    public bool TryEnd(out TreePath path)
    {
        if (!TryLastLeaf(out path) || !_nodes.TryGet(path[0].Node, out ReadOnlySpan<byte> leaf)) return false;
        path[0].Offset = leaf.Length;
        return true;
    }

    /// <summary>Goes to the last leaf but does not read it.</summary>
    public bool TryLastLeaf(out TreePath path)
    {
        path = default;
        path.Height = _nodes.Height;
        uint node = 0;
        for (int level = path.Height; level > 0; level--)
        {
            if (!_nodes.TryGet(node, out ReadOnlySpan<byte> inner)) return false;
            path[level] = new TreeStep { Node = node, Offset = EntryBefore(inner, inner.Length) };
            node = InnerEntry.Child(inner[path[level].Offset..]);
        }

        path[0].Node = node;
        return true;
    }

    /// <summary>Reads all leaves with elements of a stretch. False when some must be read from disk first,
    /// all of which have been asked for then.</summary>
    public bool TryRead(long from, long to)
    {
        Nobody nobody = default;
        return TryVisit(0, _nodes.Height, from, to, ref nobody);
    }

    /// <summary>Goes through all nodes but the root, those above others first. False when some must be read
    /// from disk first, all of which have been asked for then.</summary>
    public bool TryVisit<TVisitor>(ref TVisitor visitor)
        where TVisitor : INodeVisitor, allows ref struct =>
        TryVisit(0, _nodes.Height, 0, long.MaxValue, ref visitor);

    /// <summary>As <see cref="TryRead"/>, and shows the nodes.</summary>
    public bool TryVisit<TVisitor>(long from, long to, ref TVisitor visitor)
        where TVisitor : INodeVisitor, allows ref struct =>
        TryVisit(0, _nodes.Height, from, to, ref visitor);

    private bool TryVisit<TVisitor>(uint node, int level, long from, long to, ref TVisitor visitor)
        where TVisitor : INodeVisitor, allows ref struct
    {
        if (!_nodes.TryGet(node, out ReadOnlySpan<byte> bytes)) return false;
        if (node != 0) visitor.Visit(node, bytes);
        if (level == 0) return true;
        bool isRead = true;
        for (int at = 0; at < bytes.Length && to > 0; at += EntryLength(bytes[at..]))
        {
            uint count = InnerEntry.Count(bytes[at..]);
            uint child = InnerEntry.Child(bytes[at..]);
            if (from < count) isRead &= TryVisit(child, level - 1, from, to, ref visitor);
            from -= count;
            to -= count;
        }

        return isRead;
    }

    /// <summary>Looks for the element of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="path">The path to the element, or to the place where it would be inserted.</param>
    /// <param name="isFound">True when the element exists.</param>
    public bool TryFind(in ElementKey key, out TreePath path, out bool isFound)
    {
        path = default;
        path.Height = _nodes.Height;
        isFound = false;
        uint node = 0;
        for (int level = path.Height; level > 0; level--)
        {
            if (!_nodes.TryGet(node, out ReadOnlySpan<byte> inner)) return false;
            int at = Choose(inner, key);
            path[level] = new TreeStep { Node = node, Offset = at };
            node = InnerEntry.Child(inner[at..]);
        }

        path[0].Node = node;
        if (!_nodes.TryGet(node, out ReadOnlySpan<byte> leaf)) return false;
        Search(leaf, key, ref path[0], out isFound);
        return true;
    }

    /// <summary>Reads the leaf where the elements from a number on begin, in the order of their
    /// hashes.</summary>
    /// <param name="from">The number.</param>
    /// <param name="leaf">The leaf; it may have elements before the number as well.</param>
    /// <param name="next">The number that the next leaf begins with; 0 when there is none.</param>
    public bool TryScanLeaf(ulong from, out ReadOnlySpan<byte> leaf, out ulong next)
    {
        next = 0;
        uint node = 0;
        ElementKey key = new(from, default);
        for (int level = _nodes.Height; level > 0; level--)
        {
            if (!_nodes.TryGet(node, out leaf)) return false;
            int at = Choose(leaf, key);
            int end = at + EntryLength(leaf[at..]);
            if (end < leaf.Length) next = TOrder.SeparatorKey(leaf[(end + InnerEntry.HeaderBytes)..]).High;
            node = InnerEntry.Child(leaf[at..]);
        }

        return _nodes.TryGet(node, out leaf);
    }

    /// <summary>Counts the elements before a path's place.</summary>
    public bool TryPositionOf(in TreePath path, out long position)
    {
        position = path.At(0).Index;
        for (int level = path.Height; level > 0; level--)
        {
            TreeStep step = path.At(level);
            if (!_nodes.TryGet(step.Node, out ReadOnlySpan<byte> inner)) return false;
            for (int at = 0; at < step.Offset; at += EntryLength(inner[at..]))
                position += InnerEntry.Count(inner[at..]);
        }

        return true;
    }

    /// <summary>Goes to the beginning of the next leaf.</summary>
    /// <param name="path">A way to any place of a leaf.</param>
    /// <param name="isThere">False when the path is at the last leaf. Then the path does not
    /// change.</param>
    public bool TryNextLeaf(ref TreePath path, out bool isThere) => TryMoveLeaf(ref path, true, out isThere);

    /// <summary>Goes to the beginning of the previous leaf.</summary>
    /// <param name="path">A way to any place of a leaf.</param>
    /// <param name="isThere">False when the path is at the first leaf. Then the path does not
    /// change.</param>
    public bool TryPreviousLeaf(ref TreePath path, out bool isThere) =>
        TryMoveLeaf(ref path, false, out isThere);

    /// <summary>The leaf of a path from its place on.</summary>
    public ReadOnlySpan<byte> From(scoped in TreePath path)
    {
        TreeStep step = path.At(0);
        bool isThere = _nodes.TryGet(step.Node, out ReadOnlySpan<byte> leaf);
        Invariant.Check(isThere, "a path's leaf has been read");
        return leaf[step.Offset..];
    }

    /// <summary>The element that a path leads to.</summary>
    public ReadOnlySpan<byte> ElementAt(scoped in TreePath path)
    {
        ReadOnlySpan<byte> rest = From(path);
        return rest[..TOrder.ElementLength(rest)];
    }

    /// <summary>Finds the element's offset in the leaf from its number.</summary>
    public bool TryEnterLeaf(ref TreePath path)
    {
        ref TreeStep step = ref path[0];
        if (!_nodes.TryGet(step.Node, out ReadOnlySpan<byte> leaf)) return false;
        step.Offset = 0;
        for (int i = 0; i < step.Index; i++) step.Offset += TOrder.ElementLength(leaf[step.Offset..]);
        return true;
    }

    private bool TryMoveLeaf(ref TreePath path, bool forwards, out bool isThere)
    {
        isThere = false;
        for (int level = 1; level <= path.Height; level++)
        {
            if (!_nodes.TryGet(path[level].Node, out ReadOnlySpan<byte> inner)) return false;
            int at = path[level].Offset;
            at = forwards ? at + EntryLength(inner[at..]) : at == 0 ? -1 : EntryBefore(inner, at);
            if (at < 0 || at == inner.Length) continue;
            TreePath moved = path;
            moved[level].Offset = at;
            if (!TryDescend(ref moved, level, forwards)) return false;
            path = moved;
            isThere = true;
            return true;
        }

        return true;
    }

    // Goes to the first or the last leaf below the entry at a level.
    private bool TryDescend(ref TreePath path, int level, bool first)
    {
        while (true)
        {
            if (!_nodes.TryGet(path[level].Node, out ReadOnlySpan<byte> inner)) return false;
            uint child = InnerEntry.Child(inner[path[level].Offset..]);
            path[--level] = new TreeStep { Node = child };
            if (level == 0) return true;
            if (!_nodes.TryGet(child, out ReadOnlySpan<byte> below)) return false;
            path[level].Offset = first ? 0 : EntryBefore(below, below.Length);
        }
    }

    internal static int EntryBefore(ReadOnlySpan<byte> inner, int end)
    {
        if (TOrder.SeparatorBytes >= 0) return end - InnerEntry.HeaderBytes - TOrder.SeparatorBytes;
        int at = 0;
        while (true)
        {
            int next = at + EntryLength(inner[at..]);
            if (next == end) return at;
            at = next;
        }
    }

    private static int Choose(ReadOnlySpan<byte> inner, in ElementKey key)
    {
        if (TOrder.SeparatorBytes > 0) return ChooseFixed(inner, key);
        int at = 0;
        while (true)
        {
            int next = at + EntryLength(inner[at..]);
            if (next == inner.Length) return at;
            if (TOrder.SeparatorKey(inner[(next + InnerEntry.HeaderBytes)..]).CompareTo(key) > 0) return at;
            at = next;
        }
    }

    private static int ChooseFixed(ReadOnlySpan<byte> inner, in ElementKey key)
    {
        int length = InnerEntry.HeaderBytes + TOrder.SeparatorBytes;
        int first = 0;
        for (int count = inner.Length / length; count > 1;)
        {
            int half = count / 2;
            int middle = (first + half) * length;
            if (TOrder.SeparatorKey(inner[(middle + InnerEntry.HeaderBytes)..]).CompareTo(key) <= 0)
            {
                first += half;
                count -= half;
            }
            else
            {
                count = half;
            }
        }

        return first * length;
    }

    private static void Search(
        ReadOnlySpan<byte> leaf, in ElementKey key, ref TreeStep step, out bool isFound)
    {
        isFound = false;
        while (step.Offset < leaf.Length)
        {
            ReadOnlySpan<byte> rest = leaf[step.Offset..];
            int length = TOrder.ElementLength(rest);
            if (TOrder.IsSorted)
            {
                int order = TOrder.KeyOf(rest, 0).CompareTo(key);
                isFound = order == 0;
                if (order >= 0) return;
            }
            else if (TOrder.IsAt(rest, key))
            {
                isFound = true;
                return;
            }

            step.Offset += length;
            step.Index++;
        }
    }

    private readonly struct Nobody : INodeVisitor
    {
        public void Visit(uint node, ReadOnlySpan<byte> bytes)
        {
        }
    }
}
