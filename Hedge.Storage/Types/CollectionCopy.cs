using Hedge.Storage.Collections;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>Copies collections node by node, to another key of any partition and database.</summary>
public static class CollectionCopy
{
    /// <summary>Reads all of a collection. False when some of it must be read from disk first.</summary>
    /// <param name="source">The collection.</param>
    /// <param name="bytes">Bytes of its nodes.</param>
    /// <param name="nodes">How many there are.</param>
    public static bool TryRead(OpenCollection source, out long bytes, out long nodes)
    {
        ArgumentNullException.ThrowIfNull(source);
        Sizer sizer = default;
        bool isRead = TryVisit(source, ref sizer);
        (bytes, nodes) = (sizer.Bytes, sizer.Nodes);
        return isRead;
    }

    /// <summary>Stores a copy, with its expiry, under the target's key, after <see cref="TryRead"/> in this
    /// run of the command.</summary>
    public static void Make(OpenCollection source, OpenCollection target)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        target.CopyRoot(source);
        Copier copier = new(target);
        bool isRead = TryVisit(source, ref copier);
        Invariant.Check(isRead, "what is copied has been read");
    }

    private static bool TryVisit<TVisitor>(OpenCollection source, ref TVisitor visitor)
        where TVisitor : INodeVisitor
    {
        OpenCollection.Nodes tree = source.Tree;
        switch (source.Type)
        {
            case RecordType.List:
                return new CountedTree<OpenCollection.Nodes, PositionOrder>(tree).TryVisit(ref visitor);
            case RecordType.Set:
                return new CountedTree<OpenCollection.Nodes, MemberOrder>(tree).TryVisit(ref visitor);
            case RecordType.Hash:
                FieldTimes times = new(source);
                return new CountedTree<OpenCollection.Nodes, FieldOrder>(tree).TryVisit(ref visitor)
                    & (!times.HasTree || times.TryVisit(ref visitor));
            case RecordType.SortedSet:
                return new CountedTree<OpenCollection.Nodes, ScoreOrder>(tree).TryVisit(ref visitor)
                    & (!source.HasNodes || new MemberIndex(source).TryVisit(ref visitor));
            case RecordType.Stream:
                return new CountedTree<OpenCollection.Nodes, KeyOrder>(tree).TryVisit(ref visitor);
            default:
                throw new InvalidOperationException($"{source.Type} is not a collection");
        }
    }

    private struct Sizer : INodeVisitor
    {
        public long Bytes { get; private set; }

        public long Nodes { get; private set; }

        public void Visit(uint node, ReadOnlySpan<byte> bytes)
        {
            Bytes += bytes.Length;
            Nodes++;
        }
    }

    private readonly struct Copier(OpenCollection target) : INodeVisitor
    {
        public void Visit(uint node, ReadOnlySpan<byte> bytes) => target.CopyNode(node, bytes);
    }
}
