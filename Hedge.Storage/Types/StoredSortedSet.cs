using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>
/// The sorted set in an open collection: a tree ordered by score, then by member, and, once the collection
/// has nodes, a second tree that finds a member's score (<see cref="MemberIndex"/>). Methods called Try…
/// return false when something must be read from disk first; they have changed nothing then, and the command
/// runs again.
/// </summary>
/// <remarks>A command that changes several members has prepared all changes
/// (<see cref="TryPrepare"/>) before the first, and does what adds (<see cref="Insert"/>) before what
/// removes: a removal may end a leaf, and the place of a
/// later insertion would be in another one, which was not read.</remarks>
/// <param name="open">The collection.</param>
public readonly struct StoredSortedSet(OpenCollection open)
{
    /// <summary>The number of members.</summary>
    public long Count => Tree.Count;

    /// <summary>The collection.</summary>
    public OpenCollection Collection => open;

    /// <summary>False while all members are in the key's record.</summary>
    public bool IsLarge => open.HasNodes;

    private CountedTree<OpenCollection.Nodes, ScoreOrder> Tree => new(open.Tree);

    private TreeWriter<OpenCollection.Nodes, ScoreOrder> Writer => new(open.Tree, open.Shape);

    private MemberIndex Index => new(open);

    /// <summary>Looks for a member.</summary>
    /// <param name="member">The member.</param>
    /// <param name="isThere">False when there is none.</param>
    /// <param name="score">Its score.</param>
    public bool TryFind(ReadOnlySpan<byte> member, out bool isThere, out double score)
    {
        if (open.HasNodes) return Index.TryFind(member, out isThere, out score);
        isThere = false;
        score = 0;
        open.Tree.TryGet(0, out ReadOnlySpan<byte> leaf);
        for (int at = 0; at < leaf.Length && !isThere; at += ScoreOrder.ElementLength(leaf[at..]))
        {
            Split(leaf[at..], out ReadOnlySpan<byte> other, out double its);
            if (!other.SequenceEqual(member)) continue;
            isThere = true;
            score = its;
        }

        return true;
    }

    /// <summary>Reads what an insertion or removal of a member with a score needs.</summary>
    public bool TryPrepare(ReadOnlySpan<byte> member, double score) =>
        Tree.TryFind(KeyOf(member, score), out _, out _);

    /// <summary>Adds a member with a score that it does not have; if it has another one, that is to be
    /// removed after this.</summary>
    /// <returns>False when the member's element with this score is still there, to be removed later: now it
    /// stays.</returns>
    public bool Insert(ReadOnlySpan<byte> member, double score)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(member.Length));
        builder.Add(score);
        builder.Add(member);
        if (!open.HasNodes && Outgrows(builder.Element.Length)) Index.Make();
        bool isRead = Tree.TryFind(KeyOf(member, score), out TreePath path, out bool isThere);
        Invariant.Check(isRead, "a member is inserted at a place that was read");
        if (!isThere) Writer.Insert(ref path, builder.Element);
        if (open.HasNodes) Index.Set(member, score);
        return !isThere;
    }

    /// <summary>Removes a member that this run of the command has looked up and prepared; with the last one
    /// goes the key.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Remove(ReadOnlySpan<byte> member)
    {
        bool isThere = true;
        double score;
        if (open.HasNodes) isThere = Index.HasStill(member, out score);
        else TryFind(member, out isThere, out score);
        if (isThere) Remove(member, score);
        return isThere;
    }

    /// <summary>Removes a member's element with a score; with the last one goes the key. The member may have
    /// got another score before.</summary>
    /// <param name="member">The member; not a part of a node.</param>
    /// <param name="score">The score.</param>
    /// <param name="isReplaced">True when it has got another score.</param>
    public void Remove(ReadOnlySpan<byte> member, double score, bool isReplaced = false)
    {
        bool isRead = Tree.TryFind(KeyOf(member, score), out TreePath path, out bool isThere);
        Invariant.Check(isRead && isThere, "a member that is removed was found");
        Writer.Remove(ref path, 1);
        if (isReplaced) return;
        if (open.HasNodes) Index.Remove(member);
        open.RemoveIfEmpty();
    }

    /// <summary>The number of members before a member with a score.</summary>
    public bool TryRank(ReadOnlySpan<byte> member, double score, out long rank)
    {
        rank = 0;
        return Tree.TryFind(KeyOf(member, score), out TreePath path, out _)
            && Tree.TryPositionOf(path, out rank);
    }

    /// <summary>The number of members with lower scores, or with <paramref name="after"/> those with the same
    /// score, too.</summary>
    public bool TryCountBefore(double score, bool after, out long count)
    {
        count = 0;
        ElementKey key = new(ScoreOrder.Sortable(score) + (after ? 1u : 0), default);
        return Tree.TryFind(key, out TreePath path, out _) && Tree.TryPositionOf(path, out count);
    }

    /// <summary>The number of members before some bytes, in a set whose members all have one score.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="after">True to count the member with just these bytes, too.</param>
    /// <param name="score">The score.</param>
    /// <param name="count">How many.</param>
    public bool TryCountBefore(ReadOnlySpan<byte> bytes, bool after, double score, out long count)
    {
        count = 0;
        if (!Tree.TryFind(KeyOf(bytes, score), out TreePath path, out bool isThere)) return false;
        if (!Tree.TryPositionOf(path, out count)) return false;
        if (isThere && after) count++;
        return true;
    }

    /// <summary>The member at a rank.</summary>
    public bool TryAt(long rank, out ReadOnlySpan<byte> member, out double score)
    {
        member = default;
        score = 0;
        if (!Tree.TrySeek(rank, out TreePath path)) return false;
        Split(Tree.From(path), out member, out score);
        return true;
    }

    /// <summary>Visits at least so many members, if there are, from a cursor on, which is moved; 0 at the
    /// end. A set in its key's record is visited in the order of its scores.</summary>
    public bool TryScan<TSink>(ref ulong cursor, long count, ref TSink sink)
        where TSink : IElementSink, allows ref struct
    {
        if (open.HasNodes) return Index.TryScan(ref cursor, count, ref sink);
        using Walk walk = From(0);
        while (walk.TryNext(out ReadOnlySpan<byte> member, out double score))
            sink.Take(member, default, score);
        cursor = 0;
        return true;
    }

    /// <summary>Reads all members of a stretch of ranks, to be walked over or removed.</summary>
    public bool TryRead(long from, long to) => Tree.TryRead(from, to);

    /// <summary>As the other overload, up to a number of bytes.</summary>
    /// <param name="from">The first position.</param>
    /// <param name="to">The position behind the last.</param>
    /// <param name="bytesMax">How many bytes.</param>
    /// <param name="isLong">True when it is more. Then not all is read, and true is returned.</param>
    public bool TryRead(long from, long to, long bytesMax, out bool isLong) =>
        StretchReader.TryRead(open, Tree, from, to, bytesMax, out isLong);

    /// <summary>Reads what the removal of the members of a stretch needs.</summary>
    public bool TryPrepareRemoval(long from, long count)
    {
        if (count == Count) return true;
        bool isRead = Tree.TryRead(from, from + count);
        if (!isRead || !open.HasNodes) return isRead;
        using Walk walk = From(from);
        for (; count > 0 && walk.TryNext(out ReadOnlySpan<byte> member, out _); count--)
            isRead &= Index.TryFind(member, out _, out _);
        return isRead;
    }

    /// <summary>Removes a stretch of ranks after <see cref="TryPrepareRemoval"/>; with the last member goes
    /// the key.</summary>
    public void Remove(long from, long count)
    {
        if (count == Count)
        {
            open.Remove();
            return;
        }

        if (open.HasNodes)
        {
            long left = count;
            using Walk walk = From(from);
            for (; left > 0 && walk.TryNext(out ReadOnlySpan<byte> member, out _); left--)
                Index.Remove(member);
        }

        new TreeTrimmer<OpenCollection.Nodes, ScoreOrder>(open.Tree, open.Shape).Remove(from, count);
    }

    /// <summary>Goes through the members from a rank on, which is there. Dispose of it.</summary>
    public Walk From(long rank, bool isBackwards = false) => new(Tree, rank, isBackwards);

    private bool Outgrows(int more)
    {
        open.Tree.TryGet(0, out ReadOnlySpan<byte> leaf);
        return !leaf.IsEmpty && leaf.Length + more > open.Shape.RootLeafBytesMax;
    }

    private static ElementKey KeyOf(ReadOnlySpan<byte> member, double score) =>
        new(ScoreOrder.Sortable(score), member);

    internal static void Split(ReadOnlySpan<byte> element, out ReadOnlySpan<byte> member, out double score)
    {
        score = BinaryPrimitives.ReadDoubleLittleEndian(element);
        member = ElementCodec.ReadBytes(element, ScoreOrder.ScoreBytes);
    }

    /// <summary>A walk over members.</summary>
    public ref struct Walk
    {
        private TreeWalk<OpenCollection.Nodes, ScoreOrder> _walk;

        internal Walk(CountedTree<OpenCollection.Nodes, ScoreOrder> tree, long rank, bool isBackwards) =>
            _walk = new(tree, rank, isBackwards);

        /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
        public readonly bool IsMissing => _walk.IsMissing;

        /// <summary>The next member.</summary>
        public bool TryNext(out ReadOnlySpan<byte> member, out double score)
        {
            member = default;
            score = 0;
            if (!_walk.TryNext(out ReadOnlySpan<byte> element)) return false;
            Split(element, out member, out score);
            return true;
        }

        /// <summary>Gives working memory back.</summary>
        public void Dispose() => _walk.Dispose();
    }
}
