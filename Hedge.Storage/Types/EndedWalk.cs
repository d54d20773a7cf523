using Hedge.Storage.Collections;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Types;

/// <summary>Goes through the elements of a list or a stream: those in the root before the tree, the tree's,
/// those in the root behind it; or the other way round. Nothing is changed meanwhile.</summary>
internal ref struct EndedWalk<TOrder>
    where TOrder : struct, IElementOrder
{
    private const int HeadPart = 0;
    private const int TreePart = 1;
    private const int TailPart = 2;

    private readonly EndedTree<TOrder> _all;
    private readonly bool _isBackwards;
    private TreeWalk<OpenCollection.Nodes, TOrder> _tree;
    private ElementWalk<TOrder> _end;
    private int _part;

    /// <summary>Starts before an element (forwards) or behind it (backwards).</summary>
    /// <param name="all">The elements.</param>
    /// <param name="position">Its position; forwards, it may be the number of elements. A negative one has
    /// nothing behind it.</param>
    /// <param name="isBackwards">The direction.</param>
    public EndedWalk(EndedTree<TOrder> all, long position, bool isBackwards)
    {
        (_all, _isBackwards) = (all, isBackwards);
        RootEnds ends = all.Ends.Root;
        if (position < 0)
        {
            _part = isBackwards ? HeadPart : TailPart;
            return;
        }

        if (position < ends.HeadCount)
        {
            Enter(HeadPart, position);
            return;
        }

        long tail = ends.HeadCount + (ends.TailCount > 0 ? all.Tree.Count : 0);
        bool isInTail = ends.TailCount > 0 && position >= tail;
        Enter(isInTail ? TailPart : TreePart, position - (isInTail ? tail : ends.HeadCount));
    }

    /// <summary>True when the walk has ended early, at what must be read from disk first.</summary>
    public readonly bool IsMissing => _tree.IsMissing;

    /// <summary>The next element. False at the end, or when <see cref="IsMissing"/>.</summary>
    public bool TryNext(out ReadOnlySpan<byte> element)
    {
        while (!(_part == TreePart ? _tree.TryNext(out element) : _end.TryNext(out element)))
        {
            int next = _part + (_isBackwards ? -1 : 1);
            if (next is < HeadPart or > TailPart || IsMissing) return false;
            Enter(next, _isBackwards ? long.MaxValue : 0);
        }

        return true;
    }

    /// <summary>Gives working memory back.</summary>
    public void Dispose()
    {
        _tree.Dispose();
        _end.Dispose();
    }

    // A position behind the part's last element is the last one.
    private void Enter(int part, long position)
    {
        _part = part;
        if (part == TreePart)
        {
            if (position == long.MaxValue) position = _all.Tree.Count - 1;
            _tree = new(_all.Tree, position, _isBackwards);
            return;
        }

        ReadOnlySpan<byte> end = _all.Ends.Root.End(part == HeadPart);
        if (_isBackwards)
        {
            _end.EnterBackwards(end, (int)Math.Min(position, int.MaxValue - 1) + 1);
            return;
        }

        for (; position > 0 && !end.IsEmpty; position--) end = end[TOrder.ElementLength(end)..];
        _end.Enter(end);
    }
}
