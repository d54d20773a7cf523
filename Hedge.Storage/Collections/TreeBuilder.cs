namespace Hedge.Storage.Collections;

/// <summary>
/// Makes a tree from all its elements in their order, from the leaves up. Each node is shown once, when it is
/// full; the numbers ascend. It holds one node of each level.
/// </summary>
/// <remarks>
/// 1. An element goes into the open leaf. When it does not fit, the leaf ends: its entry goes into the open
///    node above, which may end in turn.
/// 2. At the end the open nodes end, from the leaf up, until one is the only node of its level and short
///    enough for a root.
/// </remarks>
internal sealed class TreeBuilder<TOrder>
    where TOrder : struct, IElementOrder
{
    private const int KeptBytesMax = 256 * 1024;

    // Far below the numbers that are never given (the root of a hash's times).
    private const uint NumbersMax = uint.MaxValue - (1u << 28);

    private readonly TreeShape _shape;
    private readonly ulong _seed;
    private readonly List<OpenNode> _levels = [new OpenNode()];

    // The open leaf's separator, and where its last element begins.
    private byte[] _separator = [];
    private int _separatorLength;
    private int _lastAt;

    /// <summary>Begins.</summary>
    /// <param name="shape">How long nodes are.</param>
    /// <param name="seed">What the hashes of elements begin with.</param>
    /// <param name="last">The last number that another tree of the collection has.</param>
    public TreeBuilder(TreeShape shape, ulong seed, uint last)
    {
        (_shape, _seed, Last) = (shape, seed, last);
        Separate(default, default);
    }

    /// <summary>The last node's number.</summary>
    public uint Last { get; private set; }

    /// <summary>The root's level, once it has been finished.</summary>
    public int Height { get; private set; }

    /// <summary>The root's elements or entries, once it has been finished.</summary>
    public ReadOnlySpan<byte> Body => _levels[Height].Content;

    /// <summary>False when it has got too many levels, or its numbers are used up: it can only be given
    /// up.</summary>
    public bool IsPossible => _levels.Count < TreePath.LevelsMax && Last < NumbersMax;

    /// <summary>Adds the next element.</summary>
    public void Add(ReadOnlySpan<byte> element, INodeVisitor nodes)
    {
        OpenNode leaf = _levels[0];
        bool fits = leaf.Length == 0 || leaf.Length + element.Length <= _shape.LeafBytesMax;
        if (!fits && IsApart(leaf, element)) EndLeaf(element, nodes);
        _lastAt = leaf.Length;
        leaf.Add(element);
        leaf.Count++;
    }

    /// <summary>Ends the tree.</summary>
    public void Finish(INodeVisitor nodes)
    {
        while (!IsRoot(_levels[Height])) End(Height++, nodes);
    }

    private bool IsRoot(OpenNode node) => node.Nodes == 0 && (Height == 0
        ? node.Length <= _shape.RootLeafBytesMax || node.Count == 1
        : node.Length <= _shape.RootBytesMax || node.Entries < TreeShape.EntriesMin);

    private bool IsApart(OpenNode leaf, ReadOnlySpan<byte> element) =>
        !TOrder.HasKeys || TOrder.IsSorted
        || TOrder.KeyOf(leaf.Content[_lastAt..], _seed).High != TOrder.KeyOf(element, _seed).High;

    private void EndLeaf(ReadOnlySpan<byte> next, INodeVisitor nodes)
    {
        End(0, nodes);
        if (!TOrder.HasKeys) return;
        ElementKey before = TOrder.KeyOf(_levels[0].Ended[_lastAt..], _seed);
        Separate(before, TOrder.KeyOf(next, _seed));
    }

    private void Separate(in ElementKey before, in ElementKey after)
    {
        int most = TOrder.SeparatorBytesMax(after);
        if (_separator.Length < most) _separator = new byte[most];
        _separatorLength = TOrder.Separate(before, after, _separator);
    }

    // The node is shown; its entry goes into the one above.
    private void End(int level, INodeVisitor nodes)
    {
        OpenNode node = _levels[level];
        nodes.Visit(++Last, node.Content);
        node.Nodes++;
        ReadOnlySpan<byte> separator = _separator.AsSpan(0, _separatorLength);
        if (level > 0)
        {
            separator = node.Content[InnerEntry.HeaderBytes..];
            separator = separator[..TOrder.SeparatorLength(separator)];
        }

        long count = node.Count;
        node.Clear();
        AddEntry(level + 1, Last, count, separator, nodes);
    }

    private void AddEntry(int level, uint child, long count, ReadOnlySpan<byte> separator, INodeVisitor nodes)
    {
        if (level == _levels.Count) _levels.Add(new OpenNode());
        OpenNode node = _levels[level];
        bool fits = node.Length + InnerEntry.HeaderBytes + separator.Length <= _shape.InnerBytesMax
            || node.Entries < TreeShape.EntriesMin;
        if (!fits) End(level, nodes);
        Span<byte> head = stackalloc byte[InnerEntry.HeaderBytes];
        InnerEntry.Write(head, child, count);
        node.Add(head);
        node.Add(separator);
        node.Count += count;
        node.Entries++;
    }

    // The node of a level that is being filled.
    private sealed class OpenNode
    {
        private byte[] _bytes = new byte[256];
        private int _ended;

        public int Length { get; private set; }

        public int Entries { get; set; }

        /// <summary>The elements in it or below it.</summary>
        public long Count { get; set; }

        /// <summary>The nodes that have ended.</summary>
        public long Nodes { get; set; }

        public ReadOnlySpan<byte> Content => _bytes.AsSpan(0, Length);

        /// <summary>The content of the one that has ended, until something is added.</summary>
        public ReadOnlySpan<byte> Ended => _bytes.AsSpan(0, _ended);

        public void Add(ReadOnlySpan<byte> bytes)
        {
            bool isShort = _bytes.Length > KeptBytesMax && Length + bytes.Length <= KeptBytesMax;
            if (Length + bytes.Length > _bytes.Length || isShort)
            {
                byte[] other = new byte[isShort ? KeptBytesMax : Math.Max(2 * Length, Length + bytes.Length)];
                Content.CopyTo(other);
                _bytes = other;
            }

            bytes.CopyTo(_bytes.AsSpan(Length));
            Length += bytes.Length;
        }

        public void Clear()
        {
            _ended = Length;
            Length = Entries = 0;
            Count = 0;
        }
    }
}
