using System.Buffers;

namespace Hedge.Storage.Collections;

/// <summary>Joins short nodes, so that removals do not leave a tree with many short ones.</summary>
/// <remarks>
/// 1. A node that has become short is joined with a neighbour that has the same parent, if the neighbour is
///    in memory and both together fill at most three quarters of a node.
/// 2. A root with one entry takes its child's content back, if the child is in memory and its content fits
///    in half of the root.
/// </remarks>
internal readonly struct TreeJoiner<TNodes, TOrder>(TNodes nodes, TreeShape shape)
    where TNodes : struct, INodes
    where TOrder : struct, IElementOrder
{
    private const int ShortDivisor = 2;
    private readonly TNodes _nodes = nodes;

    /// <summary>Joins the node of a path at a level if it is short, then those above it.</summary>
    public void Join(ref TreePath path, int level)
    {
        for (; level < path.Height; level++)
        {
            ReadOnlySpan<byte> node = TreeBytes.Get(_nodes, path[level].Node);
            bool isShort = node.Length <= shape.BytesMax(level, path.Height) / ShortDivisor
                || (level > 0 && CountedTree<TNodes, TOrder>.EntriesIn(node) < TreeShape.EntriesMin / 2);
            if (!isShort) return;
            if (!TryJoin(ref path, level)) break;
        }

        TakeBack(ref path);
    }

    private bool TryJoin(ref TreePath path, int level)
    {
        uint parent = path[level + 1].Node;
        ReadOnlySpan<byte> above = TreeBytes.Get(_nodes, parent);
        int left = path[level + 1].Offset;
        int right = left + CountedTree<TNodes, TOrder>.EntryLength(above[left..]);
        if (right == above.Length)
        {
            if (left == 0) return false;
            right = left;
            left = CountedTree<TNodes, TOrder>.EntryBefore(above, left);
        }

        uint stays = InnerEntry.Child(above[left..]);
        uint goes = InnerEntry.Child(above[right..]);
        if (!_nodes.TryPeek(stays, out ReadOnlySpan<byte> first)) return false;
        if (!_nodes.TryPeek(goes, out ReadOnlySpan<byte> second)) return false;
        int separator = level == 0 ? 0 : TOrder.SeparatorLength(above[(right + InnerEntry.HeaderBytes)..]);
        int entries = level == 0 ? TreeShape.EntriesMin
            : CountedTree<TNodes, TOrder>.EntriesIn(first) + CountedTree<TNodes, TOrder>.EntriesIn(second);
        int most = shape.BytesMax(level, path.Height) / 4 * 3;
        bool fits = first.Length + second.Length + separator <= most || entries < TreeShape.EntriesMin;
        if (!fits) return false;
        byte[] moved = TreeBytes.Rent(second, out int length);
        int skipped = 0;
        int entry = CountedTree<TNodes, TOrder>.EntryLength(above[right..]);
        long count = InnerEntry.Count(above[left..]) + (long)InnerEntry.Count(above[right..]);
        int end = first.Length;
        if (level > 0)
        {
            // In the removed node, everything before the second entry belongs to the first one. Its
            // separator is now the one from the node above.
            skipped = CountedTree<TNodes, TOrder>.EntryLength(moved);
            byte[] head = TreeBytes.Rent(above.Slice(right, entry), out _);
            moved.AsSpan(0, InnerEntry.HeaderBytes).CopyTo(head);
            _nodes.Splice(stays, end, 0, head.AsSpan(0, entry));
            end += entry;
            ArrayPool<byte>.Shared.Return(head);
        }

        _nodes.Splice(stays, end, 0, moved.AsSpan(skipped, length - skipped));
        ArrayPool<byte>.Shared.Return(moved);
        _nodes.Remove(goes);
        _nodes.Splice(parent, right, entry, default);
        TreeBytes.SetCount(_nodes, parent, left, count);
        path[level].Node = stays;
        path[level + 1].Offset = left;
        return true;
    }

    private void TakeBack(ref TreePath path)
    {
        while (path.Height > 0)
        {
            ReadOnlySpan<byte> root = TreeBytes.Get(_nodes, 0);
            if (CountedTree<TNodes, TOrder>.EntryLength(root) < root.Length) return;
            uint child = InnerEntry.Child(root);
            if (!_nodes.TryPeek(child, out ReadOnlySpan<byte> only)) return;
            if (only.Length > shape.BytesMax(path.Height - 1, path.Height - 1) / 2) return;
            byte[] content = TreeBytes.Rent(only, out int length);
            _nodes.Splice(0, 0, root.Length, content.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(content);
            _nodes.Remove(child);
            path.Height--;
            _nodes.SetHeight(path.Height);
        }
    }
}
