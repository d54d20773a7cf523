using Hedge.Storage.Collections;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Storage.Walks;

/// <summary>
/// The elements of a stretch in their order, or in the reverse order: those in the root before and behind
/// the tree, and the tree's. The next leaves are read together.
/// </summary>
/// <remarks>
/// 1. From the root down, the inner node above the next leaf is found by the counts. The inner nodes on the
///    way are kept.
/// 2. The blocks of its leaves are gathered, then read in the order of the disk.
/// 3. The leaves are given one by one; what is left is a shorter stretch, so another reader can go on.
/// </remarks>
internal sealed class LeafWalk<TOrder, TParts>(NodeSource source, ElementStretch stretch) : ElementReader
    where TOrder : struct, IElementOrder
    where TParts : struct, IElementParts
{
    private readonly List<Leaf> _parent = [];
    private readonly List<Leaf> _leaves = [];
    private readonly (uint Node, byte[] Bytes)[] _levels = new (uint, byte[])[source.Height + 1];
    private readonly int _head = source.Ends.HeadCount;
    private readonly long _tail = source.Ends.HeadCount + CountOf(source);
    private int _next;

    /// <summary>What has not been given yet.</summary>
    public ElementStretch Left { get; private set; } = stretch;

    /// <inheritdoc/>
    public override ReaderStep Next(IElementSink sink)
    {
        if (Left.Count == 0) return ReaderStep.Over;
        long next = Left.IsReverse ? Left.To - 1 : Left.From;
        if (next < _head || next >= _tail || source.Height == 0)
        {
            if (next < _head) Give(source.Ends.Head, new Leaf(0, 0, _head), sink);
            else if (next < _tail) Give(source.Body, new Leaf(0, _head, _tail), sink);
            else Give(source.Ends.Tail, new Leaf(0, _tail, _tail + source.Ends.TailCount), sink);
            return ReaderStep.Given;
        }

        if (_next == _leaves.Count)
        {
            Read();
            if (source.Blocks.Reads.Count > 0) return ReaderStep.NeedsReads;
        }

        Leaf leaf = _leaves[_next++];
        if (!source.TryGet(leaf.Node, out ReadOnlySpan<byte> bytes)) throw NotThere();
        Give(bytes, leaf, sink);
        return ReaderStep.Given;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private void Give(ReadOnlySpan<byte> bytes, Leaf leaf, IElementSink sink)
    {
        int first = (int)(Math.Max(Left.From, leaf.From) - leaf.From);
        int end = (int)(Math.Min(Left.To, leaf.To) - leaf.From);
        using ElementWalk<TOrder> walk = Enter(bytes, end, out bool isWhole);
        for (int number = Left.IsReverse ? first : 0; isWhole && number < end; number++)
        {
            isWhole = walk.TryNext(out ReadOnlySpan<byte> element);
            if (isWhole && number >= first) TParts.Give(element, sink);
        }

        if (!isWhole) throw source.Damaged("a leaf has fewer elements than is said above it");
        Given += end - first;
        Left = Left.IsReverse ? Left with { To = leaf.From + first } : Left with { From = leaf.From + end };
    }

    private ElementWalk<TOrder> Enter(ReadOnlySpan<byte> leaf, int end, out bool isWhole)
    {
        ElementWalk<TOrder> walk = default;
        isWhole = true;
        if (Left.IsReverse) isWhole = walk.EnterBackwards(leaf, end) == end;
        else walk.Enter(leaf);
        return walk;
    }

    /// <summary>The number of elements in the tree, without those that stand in the root beside
    /// it.</summary>
    public static long CountOf(NodeSource source) => source.Height == 0
        ? CountedTree<OpenCollection.Nodes, TOrder>.ElementsIn(source.Body)
        : CountedTree<OpenCollection.Nodes, TOrder>.CountsIn(source.Body);

    private void Read()
    {
        _leaves.Clear();
        _next = 0;
        source.Blocks.Gather();
        ElementStretch left = Left with
        {
            From = Math.Max(Left.From, _head),
            To = Math.Min(Left.To, _tail),
        };
        while (left.Count > 0 && !source.Blocks.IsFull) left = Gather(left);
        source.Blocks.Load();
    }

    // Gathers the leaves below one inner node; returns what is left behind them.
    private ElementStretch Gather(ElementStretch left)
    {
        int at = FindParent(left.IsReverse ? left.To - 1 : left.From);
        while (at >= 0 && at < _parent.Count && left.Count > 0)
        {
            Leaf leaf = _parent[at];
            _leaves.Add(leaf);
            source.TryGet(leaf.Node, out _);
            left = left.IsReverse ? left with { To = leaf.From } : left with { From = leaf.To };
            at += left.IsReverse ? -1 : 1;
            if (source.Blocks.IsFull) break;
        }

        return left;
    }

    // Lists the leaves beside that of a position; returns the number of that one.
    private int FindParent(long position)
    {
        long from = _head;
        uint node = 0;
        for (int level = source.Height; ; level--)
        {
            ReadOnlySpan<byte> inner = Inner(node, level);
            if (level == 1) return List(inner, from, position);
            int at = 0;
            while (true)
            {
                uint count = InnerEntry.Count(inner[at..]);
                int next = at + CountedTree<OpenCollection.Nodes, TOrder>.EntryLength(inner[at..]);
                if (position < from + count || next == inner.Length) break;
                from += count;
                at = next;
            }

            node = InnerEntry.Child(inner[at..]);
        }
    }

    private int List(ReadOnlySpan<byte> inner, long from, long position)
    {
        _parent.Clear();
        int found = -1;
        for (int at = 0; at < inner.Length;
            at += CountedTree<OpenCollection.Nodes, TOrder>.EntryLength(inner[at..]))
        {
            uint count = InnerEntry.Count(inner[at..]);
            if (position >= from && position < from + count) found = _parent.Count;
            _parent.Add(new Leaf(InnerEntry.Child(inner[at..]), from, from + count));
            from += count;
        }

        return found >= 0 ? found
            : throw source.Damaged("an inner node has fewer elements than is said above it");
    }

    private ReadOnlySpan<byte> Inner(uint node, int level)
    {
        if (node == 0) return source.Body;
        ref (uint Node, byte[] Bytes) kept = ref _levels[level];
        if (kept.Bytes != null && kept.Node == node) return kept.Bytes;
        ReadOnlySpan<byte> bytes = source.GetNow(node);
        kept = (node, bytes.ToArray());
        return kept.Bytes;
    }

    private RunFormatException NotThere() => source.Damaged("a block that was read has gone");

    private readonly record struct Leaf(uint Node, long From, long To);
}
