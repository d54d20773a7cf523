using System.Buffers;

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
    private ReadOnlySpan<byte> _leaf;
    private int _at;

    // Backwards: where the leaf's elements begin that have not been given out.
    private int[] _starts = [];
    private int _left;

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
        if (IsMissing) return;
        if (isBackwards) ListStarts(_path[0].Index + 1);
        else _leaf = tree.From(_path);
    }

    /// <summary>True when the walk has ended early, at a node that must be read from disk first.</summary>
    public bool IsMissing { get; private set; }

    /// <summary>The next element. False at the end, or when <see cref="IsMissing"/>.</summary>
    public bool TryNext(out ReadOnlySpan<byte> element)
    {
        if (_isBackwards) return TryPrevious(out element);
        element = default;
        while (_at == _leaf.Length)
        {
            if (_leaf.IsEmpty || !TryMove()) return false;
            _leaf = _tree.From(_path);
            _at = 0;
        }

        element = _leaf[_at..];
        element = element[..TOrder.ElementLength(element)];
        _at += element.Length;
        return true;
    }

    /// <summary>Gives working memory back.</summary>
    public void Dispose()
    {
        if (_starts.Length > 0) ArrayPool<int>.Shared.Return(_starts);
        _starts = [];
    }

    private bool TryPrevious(out ReadOnlySpan<byte> element)
    {
        element = default;
        while (_left == 0)
        {
            if (_leaf.IsEmpty || !TryMove()) return false;
            ListStarts(int.MaxValue);
        }

        element = _leaf[_starts[--_left]..];
        element = element[..TOrder.ElementLength(element)];
        return true;
    }

    private bool TryMove()
    {
        bool isRead = _isBackwards ? _tree.TryPreviousLeaf(ref _path, out bool isThere)
            : _tree.TryNextLeaf(ref _path, out isThere);
        isRead = isRead && (!isThere || _tree.TryEnterLeaf(ref _path));
        IsMissing = !isRead;
        return isRead && isThere;
    }

    private void ListStarts(int most)
    {
        _path[0].Offset = 0;
        _leaf = _tree.From(_path);
        _left = 0;
        for (int at = 0; at < _leaf.Length && _left < most; _left++)
        {
            if (_left == _starts.Length) Grow();
            _starts[_left] = at;
            at += TOrder.ElementLength(_leaf[at..]);
        }
    }

    private void Grow()
    {
        int[] larger = ArrayPool<int>.Shared.Rent(Math.Max(64, 2 * _starts.Length));
        _starts.CopyTo(larger, 0);
        if (_starts.Length > 0) ArrayPool<int>.Shared.Return(_starts);
        _starts = larger;
    }
}
