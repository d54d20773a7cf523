using Hedge.Storage.Collections;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Storage.Walks;

/// <summary>
/// The elements of a stretch in their order, or in the reverse order: those in the root before and behind the
/// tree, and the tree's. The leaves below one inner node are read together.
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
    private readonly List<int> _starts = [];
    private readonly (uint Node, byte[] Bytes)[] _levels = new (uint, byte[])[source.Height + 1];
    private readonly int _head = source.Ends.HeadCount;
    private readonly long _tail = source.Ends.HeadCount + CountOf(source);
    private int _next;

    /// <summary>What has not been given yet.</summary>
    public ElementStretch Left { get; private set; } = stretch;

    /// <inheritdoc/>
    public override bool Next(IElementSink sink)
    {
        if (Left.Count == 0) return false;
        long next = Left.IsReverse ? Left.To - 1 : Left.From;
        if (next < _head || next >= _tail || source.Height == 0)
        {
            if (next < _head) Give(source.Ends.Head, new Leaf(0, 0, _head), sink);
            else if (next < _tail) Give(source.Body, new Leaf(0, _head, _tail), sink);
            else Give(source.Ends.Tail, new Leaf(0, _tail, _tail + source.Ends.TailCount), sink);
            return true;
        }

        if (_next == _leaves.Count) Read();
        Leaf leaf = _leaves[_next++];
        if (!source.TryGet(leaf.Node, out ReadOnlySpan<byte> bytes)) throw NotThere();
        Give(bytes, leaf, sink);
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private void Give(ReadOnlySpan<byte> bytes, Leaf leaf, IElementSink sink)
    {
        int first = (int)(Math.Max(Left.From, leaf.From) - leaf.From);
        int end = (int)(Math.Min(Left.To, leaf.To) - leaf.From);
        _starts.Clear();
        for (int at = 0; at < bytes.Length; at += TOrder.ElementLength(bytes[at..])) _starts.Add(at);
        if (_starts.Count < end) throw source.Damaged("a leaf has fewer elements than is said above it");
        for (int i = first; i < end; i++)
        {
            int at = _starts[Left.IsReverse ? first + end - 1 - i : i];
            TParts.Give(bytes.Slice(at, TOrder.ElementLength(bytes[at..])), sink);
        }

        Given += end - first;
        Left = Left.IsReverse ? Left with { To = leaf.From + first } : Left with { From = leaf.From + end };
    }

    private static long CountOf(NodeSource source) => source.Height == 0
        ? CountedTree<OpenCollection.Nodes, TOrder>.ElementsIn(source.Body)
        : CountedTree<OpenCollection.Nodes, TOrder>.CountsIn(source.Body);

    private void Read()
    {
        _leaves.Clear();
        _next = 0;
        int at = FindParent(Left.IsReverse ? Left.To - 1 : Left.From);
        source.Blocks.Gather();
        while (at >= 0 && at < _parent.Count)
        {
            Leaf leaf = _parent[at];
            if (leaf.To <= Left.From || leaf.From >= Left.To) break;
            if (source.Blocks.GatheredBytes > WindowBlocks.GatheredBytesMax) break;
            _leaves.Add(leaf);
            source.TryGet(leaf.Node, out _);
            at += Left.IsReverse ? -1 : 1;
        }

        source.Blocks.Load();
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
        if (!source.TryGet(node, out ReadOnlySpan<byte> bytes)) throw NotThere();
        kept = (node, bytes.ToArray());
        return kept.Bytes;
    }

    private RunFormatException NotThere() => source.Damaged("a block that was read has gone");

    private readonly record struct Leaf(uint Node, long From, long To);
}
