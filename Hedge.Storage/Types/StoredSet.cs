using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>The set in an open collection. Methods called Try… return false when something must be read from
/// disk first; they have changed nothing then, and the command runs again. A command that changes several
/// members looks all of them up before it changes the first.</summary>
/// <param name="open">The collection.</param>
public readonly struct StoredSet(OpenCollection open)
{
    /// <summary>The number of members.</summary>
    public long Count => Tree.Count;

    /// <summary>The collection.</summary>
    public OpenCollection Collection => open;

    private CountedTree<OpenCollection.Nodes, MemberOrder> Tree => new(open.Tree);

    private TreeWriter<OpenCollection.Nodes, MemberOrder> Writer => new(open.Tree, open.Shape);

    /// <summary>Looks for a member.</summary>
    public bool TryFind(ReadOnlySpan<byte> member, out bool isThere) =>
        Tree.TryFind(KeyOf(member), out _, out isThere);

    /// <summary>Adds a member.</summary>
    /// <param name="member">The member.</param>
    /// <param name="isNew">False when it was there.</param>
    public bool TryAdd(ReadOnlySpan<byte> member, out bool isNew)
    {
        isNew = false;
        if (!Tree.TryFind(KeyOf(member), out TreePath path, out bool isThere)) return false;
        if (isThere) return true;
        isNew = true;
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(member.Length));
        builder.Add(member);
        Writer.Insert(ref path, builder.Element);
        return true;
    }

    /// <summary>Removes a member that this run of the command has looked up; with the last one goes the
    /// key.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Remove(ReadOnlySpan<byte> member)
    {
        CountedTree<OpenCollection.Nodes, MemberOrder> tree = new(open.ReadTree);
        if (!tree.TryFind(KeyOf(member), out TreePath path, out bool isThere) || !isThere) return false;
        Writer.Remove(ref path, 1);
        open.RemoveIfEmpty();
        return true;
    }

    /// <summary>The member at a position. Positions have no meaning, but all are used.</summary>
    public bool TryAt(long position, out ReadOnlySpan<byte> member)
    {
        member = default;
        if (!Tree.TrySeek(position, out TreePath path)) return false;
        member = ElementCodec.ReadBytes(Tree.From(path), 0);
        return true;
    }

    /// <summary>Removes the member at a position.</summary>
    public bool TryRemoveAt(long position)
    {
        if (!Tree.TrySeek(position, out TreePath path)) return false;
        Writer.Remove(ref path, 1);
        open.RemoveIfEmpty();
        return true;
    }

    /// <summary>Visits at least so many elements, if there are, from a cursor on, which is moved; 0 at the
    /// end.</summary>
    public bool TryScan<TSink>(ref ulong cursor, long count, ref TSink sink)
        where TSink : IElementSink, allows ref struct
    {
        HashScan<OpenCollection.Nodes, MemberOrder> scan = new(open.Tree, cursor, count);
        while (scan.TryNext(out ReadOnlySpan<byte> element))
        {
            sink.Take(ElementCodec.ReadBytes(element, 0), default, 0);
        }

        cursor = scan.Cursor;
        return !scan.IsMissing;
    }

    /// <summary>Reads all members of a stretch, to be walked over.</summary>
    public bool TryRead(long from, long to) => Tree.TryRead(from, to);

    /// <summary>As the other overload, up to a number of bytes.</summary>
    /// <param name="from">The first position.</param>
    /// <param name="to">The position behind the last.</param>
    /// <param name="bytesMax">How many bytes.</param>
    /// <param name="isLong">True when it is more. Then not all is read, and true is returned.</param>
    public bool TryRead(long from, long to, long bytesMax, out bool isLong) =>
        StretchReader.TryRead(open, Tree, from, to, bytesMax, out isLong);

    /// <summary>Goes through the members from a position on. Dispose of it.</summary>
    public Walk From(long position) => new(Tree, position);

    private ElementKey KeyOf(ReadOnlySpan<byte> member) => MemberOrder.KeyOfMember(member, open.Tree.Seed);

    /// <summary>A walk over members.</summary>
    public ref struct Walk
    {
        private TreeWalk<OpenCollection.Nodes, MemberOrder> _walk;

        internal Walk(CountedTree<OpenCollection.Nodes, MemberOrder> tree, long position) =>
            _walk = new(tree, position, false);

        /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
        public readonly bool IsMissing => _walk.IsMissing;

        /// <summary>The next member.</summary>
        public bool TryNext(out ReadOnlySpan<byte> member)
        {
            bool isThere = _walk.TryNext(out ReadOnlySpan<byte> element);
            member = isThere ? ElementCodec.ReadBytes(element, 0) : default;
            return isThere;
        }

        /// <summary>Gives working memory back.</summary>
        public void Dispose() => _walk.Dispose();
    }
}
