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

    /// <summary>A scan from a cursor on.</summary>
    public HashScan(TNodes nodes, ulong cursor)
    {
        _nodes = nodes;
        _tree = new(nodes);
        _start = cursor << BitsCut;
        _next = _start;
    }

    /// <summary>The cursor of the leaf behind those visited; 0 at the end.</summary>
    public readonly ulong Cursor => _next >> BitsCut;

    /// <summary>True when the scan cannot end here: the cursor would be the one it has begun with.</summary>
    public readonly bool MustGoOn => _next != 0 && Cursor == _start >> BitsCut;

    /// <summary>Goes to the next leaf. False when it must be read from disk first.</summary>
    public bool TryNextLeaf()
    {
        // A tree that is one leaf may have had other hashes when the scan began.
        _from = _nodes.Height == 0 ? 0 : _next;
        return _tree.TryScanLeaf(_next, out _leaf, out _next);
    }

    /// <summary>The leaf's next element.</summary>
    public bool TryNext(out ReadOnlySpan<byte> element)
    {
        while (!_leaf.IsEmpty)
        {
            element = _leaf[..TOrder.ElementLength(_leaf)];
            _leaf = _leaf[element.Length..];
            if (_from == 0 || TOrder.KeyOf(element, _nodes.Seed).High >= _from) return true;
        }

        element = default;
        return false;
    }
}
