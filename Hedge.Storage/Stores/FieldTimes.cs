using System.Buffers.Binary;
using Hedge.Storage.Collections;

namespace Hedge.Storage.Stores;

/// <summary>
/// When the fields of a hash expire. The time stands in the field's element; a hash with nodes has a second
/// tree of the fields with a time to live as well, in the order of their times. The root has a time before
/// which no field expires.
/// </summary>
/// <remarks>
/// The second tree's elements are those of a sorted set whose members are the fields, and whose scores are
/// the times. Its root is a node with a number that is never allocated, since a hash may have nodes before it
/// has times. It is there as long as the root has an earliest time.
/// </remarks>
internal readonly struct FieldTimes(OpenCollection open)
{
    /// <summary>The latest time of a field. Each whole number up to there is a score.</summary>
    public const long Latest = (1L << 46) - 1;

    /// <summary>The node that is the second tree's root.</summary>
    public const uint Root = uint.MaxValue;

    /// <summary>True when the second tree is there.</summary>
    public bool HasTree => open.IsTimed && open.HasNodes;

    private CountedTree<OpenCollection.Nodes, ScoreOrder> Tree => new(Nodes);

    // Requests no reads: it is used after the command has begun to write.
    private CountedTree<OpenCollection.Nodes, ScoreOrder> ReadTree => new(open.ReadTreeAt(Root));

    private OpenCollection.Nodes Nodes => open.TreeAt(Root);

    private TreeWriter<OpenCollection.Nodes, ScoreOrder> Writer => new(Nodes, open.Shape);

    /// <summary>Counts the fields that have expired. False when something must be read from disk
    /// first.</summary>
    public bool TryCountDue(out long count)
    {
        count = 0;
        if (HasTree)
        {
            ElementKey key = KeyOf(default, open.Now + 1);
            return Tree.TryFind(key, out TreePath path, out _) && Tree.TryPositionOf(path, out count);
        }

        foreach (FieldElement element in new LeafFields(SmallLeaf))
            if (element.IsDue(open.Now)) count++;
        return true;
    }

    /// <summary>Reads what a change of a field's time needs: where the time stands, or is going to stand, in
    /// the second tree.</summary>
    public bool TryPrepare(ReadOnlySpan<byte> field, long expireAt) =>
        expireAt == 0 || !HasTree || Tree.TryFind(KeyOf(field, expireAt), out _, out _);

    /// <summary>Makes the second tree of a hash that gets its first time, or its first nodes.</summary>
    public void MakeTree()
    {
        bool hadNodes = open.HasNodes;
        open.CreateTreeAt(Root);
        if (hadNodes) return;
        open.Tree.TryGet(0, out ReadOnlySpan<byte> leaf);
        byte[] copy = TreeBytes.Rent(leaf, out int length);
        foreach (FieldElement element in new LeafFields(copy.AsSpan(0, length)))
            if (element.ExpireAt != 0) Insert(element.Field, element.ExpireAt);
        System.Buffers.ArrayPool<byte>.Shared.Return(copy);
    }

    /// <summary>Notes a time that has been set, after <see cref="TryPrepare"/>.</summary>
    /// <param name="field">The field; not a part of a node.</param>
    /// <param name="expireAt">The time.</param>
    public void Add(ReadOnlySpan<byte> field, long expireAt)
    {
        if (open.HasNodes && !open.IsTimed) MakeTree();
        long earliest = open.EarliestField;
        if (earliest == 0 || expireAt < earliest) open.EarliestField = expireAt;
        if (open.HasNodes) Insert(field, expireAt);
    }

    /// <summary>Notes that a field has lost a time that it had, after <see cref="TryPrepare"/> for it, and
    /// after all times that the command adds: a removal may end a leaf, and the place of what is added would
    /// be in another one, which was not read.</summary>
    public void Remove(ReadOnlySpan<byte> field, long expireAt)
    {
        if (!HasTree)
        {
            if (expireAt == open.EarliestField) open.EarliestField = EarliestInLeaf();
            return;
        }

        bool isRead = ReadTree.TryFind(KeyOf(field, expireAt), out TreePath path, out bool isThere);
        Invariant.Check(isRead, "a time that is removed was looked up");
        // The command may have made the tree after it had given the field its new time.
        if (!isThere) return;
        Writer.Remove(ref path, 1);
        if (Tree.Count == 0) RemoveTree();
        else if (expireAt == open.EarliestField && TryFirst(ReadTree, out long first))
            open.EarliestField = first;
    }

    /// <summary>Removes the times of the fields that expire first.</summary>
    /// <param name="count">How many; <see cref="TryReadFirst"/> has read so many and the next one.</param>
    public void RemoveFirst(long count)
    {
        new TreeTrimmer<OpenCollection.Nodes, ScoreOrder>(Nodes, open.Shape).Remove(0, count);
        if (Tree.Count == 0) RemoveTree();
        else if (TryFirst(ReadTree, out long first)) open.EarliestField = first;
    }

    /// <summary>Reads the first fields in the order of their times, and the next one after them.</summary>
    public bool TryReadFirst(long count) => Tree.TryRead(0, count + 1);

    /// <summary>Goes through the second tree in the order of times.</summary>
    public TreeWalk<OpenCollection.Nodes, ScoreOrder> Walk() => new(Tree, 0, false);

    /// <summary>Makes the earliest time the one that it is: the fields that had an earlier one are gone.
    /// False when it must be read from disk first.</summary>
    public bool TryCorrectEarliest()
    {
        if (!HasTree)
        {
            open.EarliestField = EarliestInLeaf();
            return true;
        }

        if (!TryFirst(Tree, out long first)) return false;
        open.EarliestField = first;
        return true;
    }

    /// <summary>Shows the nodes of the second tree, its root first.</summary>
    public bool TryVisit<TVisitor>(ref TVisitor visitor)
        where TVisitor : INodeVisitor, allows ref struct
    {
        if (!open.Tree.TryGet(Root, out ReadOnlySpan<byte> root)) return false;
        visitor.Visit(Root, root);
        return Tree.TryVisit(ref visitor);
    }

    /// <summary>The nodes of the second tree.</summary>
    public OpenCollection.Nodes TreeNodes => Nodes;

    private ReadOnlySpan<byte> SmallLeaf
    {
        get
        {
            open.Tree.TryGet(0, out ReadOnlySpan<byte> leaf);
            return leaf;
        }
    }

    private static ElementKey KeyOf(ReadOnlySpan<byte> field, long expireAt) =>
        new(ScoreOrder.Sortable(expireAt), field);

    private static bool TryFirst(CountedTree<OpenCollection.Nodes, ScoreOrder> tree, out long expireAt)
    {
        expireAt = 0;
        if (!tree.TrySeek(0, out TreePath path)) return false;
        expireAt = (long)BinaryPrimitives.ReadDoubleLittleEndian(tree.From(path));
        return true;
    }

    private void Insert(ReadOnlySpan<byte> field, long expireAt)
    {
        bool isRead = Tree.TryFind(KeyOf(field, expireAt), out TreePath path, out bool isThere);
        Invariant.Check(isRead && !isThere, "a time is added once, at a place that was read");
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(field.Length));
        builder.Add((double)expireAt);
        builder.Add(field);
        Writer.Insert(ref path, builder.Element);
    }

    private void RemoveTree()
    {
        open.EarliestField = 0;
        open.RemoveTreeAt(Root);
    }

    private long EarliestInLeaf()
    {
        long earliest = 0;
        foreach (FieldElement element in new LeafFields(SmallLeaf))
        {
            if (element.ExpireAt != 0 && (earliest == 0 || element.ExpireAt < earliest))
                earliest = element.ExpireAt;
        }

        return earliest;
    }
}
