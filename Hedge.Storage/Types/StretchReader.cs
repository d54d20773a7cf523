using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>Reads a stretch of a collection that must not be longer than so many bytes.</summary>
internal static class StretchReader
{
    // The estimate by the root alone may be too high by this.
    private const int EstimateError = 2;

    /// <summary>Reads all leaves of a stretch, up to a number of bytes. What is "too long" is the same for
    /// all commands that read the same stretch, whatever they show of it.</summary>
    /// <param name="open">The collection.</param>
    /// <param name="tree">Its tree.</param>
    /// <param name="from">The first position.</param>
    /// <param name="to">The position behind the last.</param>
    /// <param name="bytesMax">How many bytes.</param>
    /// <param name="isLong">True when it is more. Then not all is read.</param>
    /// <returns>False when some must be read from disk first.</returns>
    public static bool TryRead<TOrder>(OpenCollection open, CountedTree<OpenCollection.Nodes, TOrder> tree,
        long from, long to, long bytesMax, out bool isLong)
        where TOrder : struct, IElementOrder
    {
        isLong = false;
        if (bytesMax == long.MaxValue || !open.HasNodes) return tree.TryRead(from, to);
        double share = (double)Math.Max(0, to - from) / Math.Max(1, tree.Count);
        double about = RootFormat.NodesAbout(open.Root) * share * open.Shape.LeafBytesMax;
        isLong = about / EstimateError > bytesMax;
        if (isLong) return true;
        Sum sum = default;
        bool isRead = tree.TryVisit(from, to, ref sum);
        isLong = sum.Bytes > bytesMax;
        return isRead || isLong;
    }

    private struct Sum : INodeVisitor
    {
        public long Bytes { get; private set; }

        public void Visit(uint node, ReadOnlySpan<byte> bytes) => Bytes += bytes.Length;
    }
}
