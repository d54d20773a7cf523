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
    public long Count => Elements.Count;

    /// <summary>The collection.</summary>
    public OpenCollection Collection => open;

    private EndedTree<PositionOrder> Elements => new(open);

    /// <summary>Adds an element at one end.</summary>
    public bool TryPush(ReadOnlySpan<byte> value, bool atHead)
    {
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(value.Length));
        builder.Add(value);
        bool isRead = Elements.TryPrepareAdd(atHead, builder.Element.Length);
        if (isRead) Elements.Add(atHead, builder.Element);
        return isRead;
    }

    /// <summary>Reads what adding values with so many bytes at an end needs.</summary>
    public bool TryPreparePush(bool atHead, long bytes, int count = 1) =>
        Elements.TryPrepareAdd(atHead, bytes + ((long)count * ElementCodec.LengthBytesMax));

    /// <summary>Inserts an element before a position, which may be the end.</summary>
    public bool TryInsert(long position, ReadOnlySpan<byte> value)
    {
        EndedTree<PositionOrder> elements = Elements;
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(value.Length));
        builder.Add(value);
        if (elements.TryFindEnd(position, true, out bool isHead, out int offset))
        {
            if (!elements.TryPrepareAdd(isHead, builder.Element.Length)) return false;
            elements.Ends.Replace(isHead, offset, 0, builder.Element, 1);
            return true;
        }

        position -= elements.Ends.Root.HeadCount;
        if (!elements.Tree.TrySeek(position, out TreePath path)) return false;
        elements.Writer.Insert(ref path, builder.Element);
        return true;
    }

    /// <summary>The element at a position.</summary>
    public bool TryAt(long position, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!Elements.TryAt(position, out ReadOnlySpan<byte> element)) return false;
        value = ElementCodec.ReadBytes(element, 0);
        return true;
    }

    /// <summary>Replaces the element at a position.</summary>
    public bool TrySet(long position, ReadOnlySpan<byte> value)
    {
        EndedTree<PositionOrder> elements = Elements;
        using ElementBuilder builder = new(stackalloc byte[ElementBuilder.SmallBytes],
            ElementBuilder.BytesMax(value.Length));
        builder.Add(value);
        if (elements.TryFindEnd(position, false, out bool isHead, out int offset))
        {
            if (!elements.TryPrepareAdd(isHead, builder.Element.Length)) return false;
            int old = PositionOrder.ElementLength(elements.Ends.Root.End(isHead)[offset..]);
            elements.Ends.Replace(isHead, offset, old, builder.Element, 0);
            return true;
        }

        position -= elements.Ends.Root.HeadCount;
        if (!elements.Tree.TrySeek(position, out TreePath path)) return false;
        elements.Writer.Replace(ref path, builder.Element);
        return true;
    }

    /// <summary>Reads what the removal of a stretch needs, which is less than all of it.</summary>
    public bool TryPrepareRemoval(long position, long count) => Elements.TryPrepareRemoval(position, count);

    /// <summary>Removes a stretch after <see cref="TryPrepareRemoval"/> or
    /// <see cref="TryRead(long, long)"/>; with the last element goes the key.</summary>
    public void Remove(long position, long count)
    {
        if (position == 0 && count >= Elements.Ends.Root.HeadCount && count == Count) open.Remove();
        else Elements.Remove(position, count);
    }

    /// <summary>Reads all elements of a stretch, to be walked over.</summary>
    public bool TryRead(long from, long to) => Elements.TryRead(from, to);

    /// <summary>As the other overload, up to a number of bytes.</summary>
    /// <param name="from">The first position.</param>
    /// <param name="to">The position behind the last.</param>
    /// <param name="bytesMax">How many bytes.</param>
    /// <param name="isLong">True when it is more. Then not all is read, and true is returned.</param>
    public bool TryRead(long from, long to, long bytesMax, out bool isLong)
    {
        int head = Elements.Ends.Root.HeadCount;
        return StretchReader.TryRead(open, Elements.Tree, from - head, to - head, bytesMax, out isLong);
    }

    /// <summary>Goes through the elements from a position on, which is there. Dispose of it.</summary>
    public Walk From(long position, bool isBackwards = false) => new(Elements.From(position, isBackwards));

    /// <summary>A walk over elements.</summary>
    public ref struct Walk
    {
        private EndedWalk<PositionOrder> _walk;

        internal Walk(EndedWalk<PositionOrder> walk) => _walk = walk;

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
