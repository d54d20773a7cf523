using System.Buffers;
using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>Changes the elements that stand in the root of a list or a stream (<see cref="RootEnds"/>).
/// </summary>
/// <remarks>
/// 1. A collection gets ends when an element is added that its root alone, as a leaf, has no room for.
/// 2. An end that has become longer than one and a half leaves gives a leaf of its elements, those next to
///    the tree, to the tree. A removal that empties an end takes the rest of a leaf that it has begun back
///    out of the tree. So only one in many additions and removals touches the tree, whatever their order.
/// 3. An element longer than an end may be becomes a leaf.
/// </remarks>
internal readonly struct TreeEnds<TOrder>(OpenCollection open)
    where TOrder : struct, IElementOrder
{
    private int BytesMax => open.Shape.LeafBytesMax / 2 * 3;

    /// <summary>What stands in the root.</summary>
    public RootEnds Root => new(open.Root);

    private TreeWriter<OpenCollection.Nodes, TOrder> Writer => new(open.Tree, open.Shape);

    /// <summary>Reads what adding so many bytes to an end needs.</summary>
    public bool TryPrepare(bool isHead, long bytes)
    {
        if (Root.End(isHead).Length + bytes <= BytesMax) return true;
        CountedTree<OpenCollection.Nodes, TOrder> tree = new(open.Tree);
        return isHead ? tree.TrySeekLeaf(0, out _) : tree.TryLastLeaf(out _);
    }

    /// <summary>Gives the collection ends, if it has none.</summary>
    public void Make()
    {
        ReadOnlySpan<byte> root = open.Root;
        if (Root.IsThere) return;
        Span<byte> front = stackalloc byte[RootEnds.HeadAt];
        front.Clear();
        int kept = RootFormat.IsSmall(root) ? RootFormat.SmallBytes : RootFormat.LargeBytes;
        root[..kept].CopyTo(front);
        front[0] = RootFormat.First(RootFormat.WithEnds, RootFormat.Encoding(root));
        open.SpliceRoot(0, kept, front);
        open.SpliceRoot(open.Root.Length, 0, front[RootEnds.HeadNumbersAt..]);
    }

    /// <summary>Replaces elements of an end by others, after <see cref="TryPrepare"/>, or removes
    /// them.</summary>
    /// <param name="isHead">The end.</param>
    /// <param name="offset">Where the first one begins.</param>
    /// <param name="removed">The bytes of those that go.</param>
    /// <param name="inserted">The elements that come; one, if it is longer than an end may be.</param>
    /// <param name="delta">By how much their number changes.</param>
    public void Replace(bool isHead, int offset, int removed, ReadOnlySpan<byte> inserted, int delta)
    {
        if (inserted.Length > BytesMax)
        {
            if (removed > 0) Splice(isHead, offset, removed, default, delta - 1);
            HandOver(isHead, offset);
            Writer.AddLeaf(isHead, inserted, 1);
            return;
        }

        Splice(isHead, offset, removed, inserted, delta);
        // An end may be longer than it may become: leaves were longer once.
        if (inserted.IsEmpty) return;
        while (Root.End(isHead).Length > BytesMax) HandOver(isHead, CutOf(isHead));
    }

    /// <summary>Adds elements that stood in the tree next to an end to that end.</summary>
    public void TakeBack(bool isHead, ReadOnlySpan<byte> elements, int count) =>
        Splice(isHead, isHead ? Root.Head.Length : 0, 0, elements, count);

    /// <summary>Gives the elements of one end to the other, in a collection that has no
    /// others.</summary>
    public void Exchange(bool fromHead)
    {
        RootEnds root = Root;
        Span<byte> numbers = stackalloc byte[2 * RootEnds.NumbersBytes];
        int count = root.CountOf(fromHead);
        int length = root.End(fromHead).Length;
        numbers.Clear();
        RootEnds.WriteNumbers(numbers[RootEnds.NumbersBytes..], count, length);
        Span<byte> head = fromHead ? numbers[..RootEnds.NumbersBytes] : numbers[RootEnds.NumbersBytes..];
        Span<byte> tail = fromHead ? numbers[RootEnds.NumbersBytes..] : numbers[..RootEnds.NumbersBytes];
        int tailAt = root.TailNumbersAt;
        open.SpliceRoot(RootEnds.HeadNumbersAt, head.Length, head);
        open.SpliceRoot(tailAt, tail.Length, tail);
    }

    /// <summary>Makes a collection without other elements than the ends' small again, if these are
    /// few.</summary>
    public void MakeSmall()
    {
        RootEnds root = Root;
        bool isSmall = root.Body.IsEmpty
            && root.Head.Length + root.Tail.Length <= open.Shape.RootLeafBytesMax / 2;
        if (!isSmall) return;
        open.SpliceRoot(root.TailNumbersAt, RootEnds.NumbersBytes, default);
        byte first = RootFormat.First(RootFormat.Small, RootFormat.Encoding(open.Root));
        open.SpliceRoot(0, RootEnds.HeadAt, [first]);
    }

    // Gives the elements between a place of an end and the tree to the tree.
    private void HandOver(bool isHead, int offset)
    {
        ReadOnlySpan<byte> end = Root.End(isHead);
        int from = isHead ? offset : 0;
        int length = isHead ? end.Length - offset : offset;
        if (length == 0) return;
        byte[] moved = TreeBytes.Rent(end.Slice(from, length), out _);
        ReadOnlySpan<byte> leaf = moved.AsSpan(0, length);
        int count = CountedTree<OpenCollection.Nodes, TOrder>.ElementsIn(leaf);
        Splice(isHead, from, length, default, -count);
        Writer.AddLeaf(isHead, leaf, count);
        ArrayPool<byte>.Shared.Return(moved);
    }

    // Where an end is cut, so that what is given to the tree is a full leaf, or one long element.
    private int CutOf(bool isHead)
    {
        int most = open.Shape.LeafBytesMax;
        ReadOnlySpan<byte> end = Root.End(isHead);
        int at = 0;
        int next = TOrder.ElementLength(end);
        if (isHead)
        {
            for (; end.Length - at > most && next < end.Length; next += TOrder.ElementLength(end[at..]))
                at = next;
            return at;
        }

        for (; next <= most && next < end.Length; next += TOrder.ElementLength(end[at..])) at = next;
        return at > 0 ? at : next;
    }

    // The numbers stand outside of the elements: at the outer end, one splice changes both.
    private void Splice(bool isHead, int offset, int removed, ReadOnlySpan<byte> inserted, int delta)
    {
        RootEnds root = Root;
        int length = root.End(isHead).Length;
        int at = (isHead ? RootEnds.HeadAt : root.TailAt) + offset;
        int numbersAt = isHead ? RootEnds.HeadNumbersAt : root.TailNumbersAt;
        Span<byte> numbers = stackalloc byte[RootEnds.NumbersBytes];
        int count = root.CountOf(isHead);
        RootEnds.WriteNumbers(numbers, count + delta, length - removed + inserted.Length);
        bool isOuter = isHead ? offset == 0 : offset + removed == length;
        if (!isOuter)
        {
            open.SpliceRoot(numbersAt, numbers.Length, numbers);
            open.SpliceRoot(at, removed, inserted);
            return;
        }

        int bytes = numbers.Length + inserted.Length;
        byte[]? rented = bytes <= ElementBuilder.SmallBytes ? null : ArrayPool<byte>.Shared.Rent(bytes);
        Span<byte> both = rented ?? stackalloc byte[ElementBuilder.SmallBytes];
        numbers.CopyTo(both[(isHead ? 0 : inserted.Length)..]);
        inserted.CopyTo(both[(isHead ? numbers.Length : 0)..]);
        open.SpliceRoot(isHead ? numbersAt : at, numbers.Length + removed, both[..bytes]);
        if (rented != null) ArrayPool<byte>.Shared.Return(rented);
    }
}
