namespace Hedge.Storage.Collections;

/// <summary>Goes through a tree's elements one after the other, from a position on, in one of the two
/// directions. The tree is not changed meanwhile.</summary>
internal ref struct TreeWalk<TNodes, TOrder>
    where TNodes : struct, INodes
    where TOrder : struct, IElementOrder
{
    private readonly CountedTree<TNodes, TOrder> _tree;
    private readonly bool _isBackwards;
    private TreePath _path;
    private ElementWalk<TOrder> _leaf;

    /// <summary>Starts before an element (forwards) or behind it (backwards).</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="position">Its position; forwards, it may be the number of elements. A negative one has
    /// nothing behind it.</param>
    /// <param name="isBackwards">The direction.</param>
    public TreeWalk(CountedTree<TNodes, TOrder> tree, long position, bool isBackwards)
    {
        _tree = tree;
        _isBackwards = isBackwards;
        if (position < 0) return;
        IsMissing = !tree.TrySeek(position, out _path);
        if (!IsMissing) Enter(_path[0].Index + 1);
    }

    /// <summary>True when the walk has ended early, at a node that must be read from disk first.</summary>
    public bool IsMissing { get; private set; }

    /// <summary>The next element. False at the end, or when <see cref="IsMissing"/>.</summary>
    public bool TryNext(out ReadOnlySpan<byte> element)
    {
        while (!_leaf.TryNext(out element))
        {
            if (IsMissing || !TryMove()) return false;
            Enter(int.MaxValue);
        }

        return true;
    }

    /// <summary>Gives working memory back.</summary>
    public void Dispose() => _leaf.Dispose();

    private bool TryMove()
    {
        bool isRead = _isBackwards ? _tree.TryPreviousLeaf(ref _path, out bool isThere)
            : _tree.TryNextLeaf(ref _path, out isThere);
        isRead = isRead && (!isThere || _tree.TryEnterLeaf(ref _path));
        IsMissing = !isRead;
        return isRead && isThere;
    }

    private void Enter(int count)
    {
        if (_isBackwards)
        {
            _path[0].Offset = 0;
            _leaf.EnterBackwards(_tree.From(_path), count);
        }
        else
        {
            _leaf.Enter(_tree.From(_path));
        }
    }
}
