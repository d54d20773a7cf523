using System.Buffers;
using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>The second tree of a sorted set with nodes: its members by their hashes, each with its
/// score.</summary>
internal readonly struct MemberIndex(OpenCollection open)
{
    /// <summary>The node that is its root: the first one that the collection gets.</summary>
    public const uint Root = 1;

    private OpenCollection.Nodes Nodes => open.TreeAt(Root);

    private CountedTree<OpenCollection.Nodes, ScoredMemberOrder> Tree => new(Nodes);

    private TreeWriter<OpenCollection.Nodes, ScoredMemberOrder> Writer => new(Nodes, open.Shape);

    /// <summary>Makes it, for a set that is still in its key's record.</summary>
    public void Make()
    {
        uint root = open.CreateTree();
        Invariant.Check(root == Root, "a sorted set's index is its first node");
        open.Tree.TryGet(0, out ReadOnlySpan<byte> bytes);
        byte[] leaf = TreeBytes.Rent(bytes, out int length);
        for (int at = 0; at < length; at += ScoreOrder.ElementLength(leaf.AsSpan(at)))
        {
            ReadOnlySpan<byte> element = leaf.AsSpan(at);
            Set(ElementCodec.ReadBytes(element, ScoreOrder.ScoreBytes),
                BinaryPrimitives.ReadDoubleLittleEndian(element));
        }

        ArrayPool<byte>.Shared.Return(leaf);
    }

    /// <summary>Looks for a member.</summary>
    public bool TryFind(ReadOnlySpan<byte> member, out bool isThere, out double score)
    {
        score = 0;
        if (!Tree.TryFind(KeyOf(member), out TreePath path, out isThere)) return false;
        if (isThere) score = ScoredMemberOrder.Score(Tree.From(path));
        return true;
    }

    /// <summary>As <see cref="TryFind"/>, for a member that was looked up before the command began to
    /// write.</summary>
    public bool HasStill(ReadOnlySpan<byte> member, out double score)
    {
        CountedTree<OpenCollection.Nodes, ScoredMemberOrder> tree = new(open.ReadTreeAt(Root));
        score = 0;
        if (!tree.TryFind(KeyOf(member), out TreePath path, out bool isThere) || !isThere) return false;
        score = ScoredMemberOrder.Score(tree.From(path));
        return true;
    }

    /// <summary>Sets the score of a member that was looked up.</summary>
    public void Set(ReadOnlySpan<byte> member, double score)
    {
        bool isRead = Tree.TryFind(KeyOf(member), out TreePath path, out bool isThere);
        Invariant.Check(isRead, "a member that is changed was looked up");
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(member.Length));
        builder.Add(member);
        builder.Add(score);
        if (isThere) Writer.Replace(ref path, builder.Element);
        else Writer.Insert(ref path, builder.Element);
    }

    /// <summary>Removes a member that was looked up.</summary>
    public void Remove(ReadOnlySpan<byte> member)
    {
        CountedTree<OpenCollection.Nodes, ScoredMemberOrder> tree = new(open.ReadTreeAt(Root));
        bool isRead = tree.TryFind(KeyOf(member), out TreePath path, out bool isThere);
        Invariant.Check(isRead && isThere, "a member that is removed was looked up");
        Writer.Remove(ref path, 1);
    }

    /// <summary>Shows its nodes, the root first.</summary>
    public bool TryVisit<TVisitor>(ref TVisitor visitor)
        where TVisitor : INodeVisitor
    {
        if (!open.Tree.TryGet(Root, out ReadOnlySpan<byte> root)) return false;
        visitor.Visit(Root, root);
        return Tree.TryVisit(ref visitor);
    }

    /// <inheritdoc cref="StoredSortedSet.TryScan"/>
    public bool TryScan<TSink>(ref ulong cursor, long count, ref TSink sink)
        where TSink : IElementSink, allows ref struct
    {
        HashScan<OpenCollection.Nodes, ScoredMemberOrder> scan = new(Nodes, cursor, count);
        while (scan.TryNext(out ReadOnlySpan<byte> element))
        {
            sink.Take(ElementCodec.ReadBytes(element, 0), default, ScoredMemberOrder.Score(element));
        }

        cursor = scan.Cursor;
        return !scan.IsMissing;
    }

    private ElementKey KeyOf(ReadOnlySpan<byte> member) => MemberOrder.KeyOfMember(member, Nodes.Seed);
}
