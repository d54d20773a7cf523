using System.Buffers;

namespace Hedge.Storage.Collections;

/// <summary>Goes through the elements of one leaf after the other, in one of the two directions.</summary>
internal ref struct ElementWalk<TOrder>
    where TOrder : struct, IElementOrder
{
    private ReadOnlySpan<byte> _leaf;
    private int _at;

    // Backwards: where the elements begin, and how many of them have not been given out.
    private int[]? _starts;
    private int _left;
    private bool _isBackwards;

    /// <summary>Enters a leaf, to go forwards.</summary>
    /// <param name="leaf">Its elements from the first one wanted on.</param>
    public void Enter(ReadOnlySpan<byte> leaf)
    {
        _leaf = leaf;
        _at = 0;
        _isBackwards = false;
    }

    /// <summary>Enters a leaf, to go backwards.</summary>
    /// <param name="leaf">All its elements.</param>
    /// <param name="count">How many of them are wanted, from the leaf's beginning on.</param>
    /// <returns>How many of those there are.</returns>
    public int EnterBackwards(ReadOnlySpan<byte> leaf, int count)
    {
        _leaf = leaf;
        _left = 0;
        _isBackwards = true;
        for (int at = 0; at < leaf.Length && _left < count; _left++)
        {
            if (_starts == null || _left == _starts.Length) Grow();
            _starts![_left] = at;
            at += TOrder.ElementLength(leaf[at..]);
        }

        return _left;
    }

    /// <summary>The leaf's next element.</summary>
    public bool TryNext(out ReadOnlySpan<byte> element)
    {
        element = default;
        int at = _at;
        if (_isBackwards)
        {
            if (_left == 0) return false;
            at = _starts![--_left];
        }
        else if (at == _leaf.Length)
        {
            return false;
        }

        element = _leaf[at..];
        element = element[..TOrder.ElementLength(element)];
        _at = at + element.Length;
        return true;
    }

    /// <summary>Gives working memory back.</summary>
    public void Dispose()
    {
        if (_starts != null) ArrayPool<int>.Shared.Return(_starts);
        _starts = null;
    }

    private void Grow()
    {
        int[] larger = ArrayPool<int>.Shared.Rent(Math.Max(64, 2 * _left));
        _starts?.CopyTo(larger, 0);
        if (_starts != null) ArrayPool<int>.Shared.Return(_starts);
        _starts = larger;
    }
}
