using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>The list in an open collection. Methods called Try… return false when something must be read
/// from disk first; they have changed nothing then, and the command runs again. Whoever changes several
/// elements has read what is between the first and the last (<see cref="TryRead(long, long)"/>), and adds
/// before he removes.</summary>
/// <param name="open">The collection.</param>
public readonly struct StoredList(OpenCollection open)
{
    /// <summary>The number of elements.</summary>
    public long Count => Tree.Count;

    /// <summary>The collection.</summary>
    public OpenCollection Collection => open;

    private CountedTree<OpenCollection.Nodes, PositionOrder> Tree => new(open.Tree);

    private TreeWriter<OpenCollection.Nodes, PositionOrder> Writer => new(open.Tree, open.Shape);

    private TreeTrimmer<OpenCollection.Nodes, PositionOrder> Trimmer => new(open.Tree, open.Shape);

    /// <summary>Adds an element at one end.</summary>
    public bool TryPush(ReadOnlySpan<byte> value, bool atHead)
    {
        bool isRead = atHead ? Tree.TrySeek(0, out TreePath path) : Tree.TryEnd(out path);
        if (isRead) Insert(ref path, value);
        return isRead;
    }

    /// <summary>Inserts an element before a position, which may be the end.</summary>
    public bool TryInsert(long position, ReadOnlySpan<byte> value)
    {
        if (!Tree.TrySeek(position, out TreePath path)) return false;
        Insert(ref path, value);
        return true;
    }

    /// <summary>The element at a position.</summary>
    public bool TryAt(long position, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!Tree.TrySeek(position, out TreePath path)) return false;
        value = ElementCodec.ReadBytes(Tree.From(path), 0);
        return true;
    }

    /// <summary>Replaces the element at a position.</summary>
    public bool TrySet(long position, ReadOnlySpan<byte> value)
    {
        if (!Tree.TrySeek(position, out TreePath path)) return false;
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(value.Length));
        builder.Add(value);
        Writer.Replace(ref path, builder.Element);
        return true;
    }

    /// <summary>Reads what the removal of a stretch needs, which is less than all of it.</summary>
    public bool TryPrepareRemoval(long position, long count) => Trimmer.TryPrepare(position, count);

    /// <summary>Removes a stretch after <see cref="TryPrepareRemoval"/> or
    /// <see cref="TryRead(long, long)"/>; with the last element goes the key.</summary>
    public void Remove(long position, long count)
    {
        if (count == Count) open.Remove();
        else Trimmer.Remove(position, count);
    }

    /// <summary>Reads what adding at either end needs.</summary>
    public bool TryPrepareEnds() => Tree.TrySeek(0, out _) & Tree.TryEnd(out _);

    /// <summary>Reads all elements of a stretch, to be walked over.</summary>
    public bool TryRead(long from, long to) => Tree.TryRead(from, to);

    /// <summary>As the other overload, up to a number of bytes.</summary>
    /// <param name="from">The first position.</param>
    /// <param name="to">The position behind the last.</param>
    /// <param name="bytesMax">How many bytes.</param>
    /// <param name="isLong">True when it is more. Then not all is read, and true is returned.</param>
    public bool TryRead(long from, long to, long bytesMax, out bool isLong) =>
        StretchReader.TryRead(open, Tree, from, to, bytesMax, out isLong);

    /// <summary>Goes through the elements from a position on, which is there. Dispose of it.</summary>
    public Walk From(long position, bool isBackwards = false) => new(Tree, position, isBackwards);

    private void Insert(ref TreePath path, ReadOnlySpan<byte> value)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(value.Length));
        builder.Add(value);
        Writer.Insert(ref path, builder.Element);
    }

    /// <summary>A walk over elements.</summary>
    public ref struct Walk
    {
        private TreeWalk<OpenCollection.Nodes, PositionOrder> _walk;

        internal Walk(CountedTree<OpenCollection.Nodes, PositionOrder> tree, long position,
            bool isBackwards) => _walk = new(tree, position, isBackwards);

        /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
        public readonly bool IsMissing => _walk.IsMissing;

        /// <summary>The next element.</summary>
        public bool TryNext(out ReadOnlySpan<byte> value)
        {
            bool isThere = _walk.TryNext(out ReadOnlySpan<byte> element);
            value = isThere ? ElementCodec.ReadBytes(element, 0) : default;
            return isThere;
        }

        /// <summary>Gives working memory back.</summary>
        public void Dispose() => _walk.Dispose();
    }
}
