using Hedge.Storage.Collections;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>Estimates how much memory a collection takes, from a few of its leaves (MEMORY USAGE).</summary>
public static class CollectionMemory
{
    /// <summary>The most leaves that are looked at.</summary>
    public const int SamplesMax = 1000;

    // A node's header, key and slot of the hash table, and its entry in the node above.
    private const int NodeBytes = RecordHeader.SizeBytes + NodeKey.SizeBytes + 32;

    /// <summary>Estimates the bytes of a collection's nodes, as if all of them were in memory, without its
    /// key's record.</summary>
    /// <param name="collection">The collection, which exists.</param>
    /// <param name="samples">How many leaves to look at; 1 … <see cref="SamplesMax"/>.</param>
    /// <param name="bytes">The estimate; 0 for a collection without nodes.</param>
    /// <returns>False when some of them must be read from disk first.</returns>
    public static bool TryEstimate(OpenCollection collection, int samples, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(collection);
        bytes = 0;
        if (!collection.HasNodes) return true;
        switch (collection.Type)
        {
            case RecordType.List:
                return TryEstimate<PositionOrder>(collection.Tree, samples, out bytes);
            case RecordType.Set:
                return TryEstimate<MemberOrder>(collection.Tree, samples, out bytes);
            case RecordType.Hash:
                bool isRead = TryEstimate<FieldOrder>(collection.Tree, samples, out bytes);
                FieldTimes times = new(collection);
                if (!times.HasTree) return isRead;
                isRead &= TryEstimate<ScoreOrder>(times.TreeNodes, samples, out long timeBytes);
                bytes += timeBytes;
                return isRead;
            case RecordType.Stream:
                return TryEstimate<KeyOrder>(collection.Tree, samples, out bytes);
            case RecordType.SortedSet:
                isRead = TryEstimate<ScoreOrder>(collection.Tree, samples, out bytes);
                // The index has the same members and scores.
                bytes *= 2;
                return isRead;
            default:
                return true;
        }
    }

    private static bool TryEstimate<TOrder>(OpenCollection.Nodes nodes, int samples, out long bytes)
        where TOrder : struct, IElementOrder
    {
        bytes = 0;
        CountedTree<OpenCollection.Nodes, TOrder> tree = new(nodes);
        long count = tree.Count;
        long leafBytes = 0, elements = 0;
        bool isRead = true;
        if (nodes.Height == 0) return true;
        for (int i = 0; i < samples; i++)
        {
            // What must be read is asked for together.
            isRead &= tree.TrySeek(count * ((2L * i) + 1) / (2L * samples), out TreePath path);
            if (!isRead) continue;
            isRead = nodes.TryGet(path.At(0).Node, out ReadOnlySpan<byte> leaf);
            leafBytes += NodeBytes + leaf.Length;
            isRead &= nodes.TryGet(path.At(1).Node, out ReadOnlySpan<byte> above);
            elements += isRead ? InnerEntry.Count(above[path.At(1).Offset..]) : 0;
        }

        if (isRead) bytes = (long)((double)count / elements * leafBytes);
        return isRead;
    }
}
