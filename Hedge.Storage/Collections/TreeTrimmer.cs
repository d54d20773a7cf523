namespace Hedge.Storage.Collections;

/// <summary>
/// Removes elements that follow each other, many at a time. Leaves that go as a whole are not read: what is
/// read are the inner nodes above them and the leaves at both ends.
/// </summary>
internal readonly struct TreeTrimmer<TNodes, TOrder>(TNodes nodes, TreeShape shape)
    where TNodes : struct, INodes
    where TOrder : struct, IElementOrder
{
    private readonly TNodes _nodes = nodes;

    /// <summary>Reads what <see cref="Remove"/> needs. False when some of it must be read from disk
    /// first.</summary>
    /// <param name="position">The position of the first element.</param>
    /// <param name="count">How many elements, all of which are there.</param>
    public bool TryPrepare(long position, long count)
    {
        CountedTree<TNodes, TOrder> tree = new(_nodes);
        long end = position + count;
        bool isRead = tree.TrySeek(position, out TreePath path);
        isRead &= tree.TrySeek(end, out _);
        while (isRead && path.Height > 1)
        {
            _nodes.TryGet(path[1].Node, out ReadOnlySpan<byte> inner);
            position += CountedTree<TNodes, TOrder>.CountsIn(inner[path[1].Offset..]) - path[0].Index;
            if (position >= end) break;
            isRead = tree.TrySeekLeaf(position, out path);
        }

        return isRead;
    }

    /// <summary>Removes the elements, after <see cref="TryPrepare"/> in this run of the command.</summary>
    /// <param name="position">The position of the first element.</param>
    /// <param name="count">How many.</param>
    public void Remove(long position, long count)
    {
        CountedTree<TNodes, TOrder> tree = new(_nodes);
        TreeWriter<TNodes, TOrder> writer = new(_nodes, shape);
        while (count > 0)
        {
            bool isRead = tree.TrySeekLeaf(position, out TreePath path);
            Invariant.Check(isRead, "what is trimmed has been prepared");
            ReadOnlySpan<byte> above = TreeBytes.Get(_nodes, path[Math.Min(1, path.Height)].Node);
            long inLeaf = path.Height == 0 ? CountedTree<TNodes, TOrder>.ElementsIn(above)
                : InnerEntry.Count(above[path[1].Offset..]);
            long removed = Math.Min(count, inLeaf - path[0].Index);
            if (removed == inLeaf && path.Height > 0)
            {
                writer.RemoveLeaf(ref path, inLeaf);
            }
            else
            {
                isRead = tree.TryEnterLeaf(ref path);
                Invariant.Check(isRead, "the leaves at the ends of what is trimmed have been read");
                writer.Remove(ref path, (int)removed);
            }

            count -= removed;
        }
    }
}
