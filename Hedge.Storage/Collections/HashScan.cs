namespace Hedge.Storage.Collections;

/// <summary>
/// A scan in the order of hashes, by cursors that stay good while the tree changes: a cursor is the hash, cut
/// to as many bits as clients' numbers keep, that the next leaf begins with. What is there from a scan's
/// start to its end is met; an element is met twice only when its hash is the cursor's but for the bits cut
/// off.
/// </summary>
internal ref struct HashScan<TNodes, TOrder>
    where TNodes : struct, INodes
    where TOrder : struct, IElementOrder
{
    // Clients that keep cursors in floating-point numbers keep 53 bits.
    private const int BitsCut = 12;

    private readonly CountedTree<TNodes, TOrder> _tree;
    private readonly TNodes _nodes;
    private readonly ulong _start;
    private ReadOnlySpan<byte> _leaf;
    private ulong _from;
    private ulong _next;
    private long _left;
    private bool _hasBegun;

    /// <summary>A scan from a cursor on.</summary>
    /// <param name="nodes">The tree.</param>
    /// <param name="cursor">The cursor; 0 for the start.</param>
    /// <param name="count">How many elements to visit at least, if there are; the leaf of the last one is
    /// visited to its end.</param>
    public HashScan(TNodes nodes, ulong cursor, long count)
    {
        _nodes = nodes;
        _tree = new(nodes);
        _start = _next = cursor << BitsCut;
        _left = count;
    }

    /// <summary>The cursor of the leaf behind those visited; 0 at the end.</summary>
    public readonly ulong Cursor => _next >> BitsCut;

    /// <summary>True when the scan has ended early, at a leaf that must be read from disk first.</summary>
    public bool IsMissing { get; private set; }

    // The cursor must not be the one that the scan has begun with.
    private readonly bool GoesOn => !_hasBegun || (_next != 0 && (_left > 0 || Cursor == _start >> BitsCut));

    /// <summary>The next element. False when enough are visited, at the end, or when
    /// <see cref="IsMissing"/>.</summary>
    public bool TryNext(out ReadOnlySpan<byte> element)
    {
        element = default;
        while (true)
        {
            while (!_leaf.IsEmpty)
            {
                element = _leaf[..TOrder.ElementLength(_leaf)];
                _leaf = _leaf[element.Length..];
                if (_from != 0 && TOrder.KeyOf(element, _nodes.Seed).High < _from) continue;
                _left--;
                return true;
            }

            if (!GoesOn) return false;
            _hasBegun = true;
            // A tree that is one leaf may have had other hashes when the scan began.
            _from = _nodes.Height == 0 ? 0 : _next;
            IsMissing = !_tree.TryScanLeaf(_next, out _leaf, out _next);
            if (IsMissing) return false;
        }
    }
}
