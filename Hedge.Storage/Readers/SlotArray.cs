namespace Hedge.Storage.Readers;

/// <summary>Values at numbered places that are taken and returned: an array that grows by doubling, so that
/// a place costs no allocation of its own. Forgets its memory when all places are returned.</summary>
internal sealed class SlotArray<T>
    where T : struct
{
    private const int PlacesMin = 16;

    private T[] _items = [];
    private int[] _free = [];
    private int _freeCount;

    /// <summary>Places that were ever taken: all taken ones are below.</summary>
    public int End { get; private set; }

    /// <summary>Places taken now.</summary>
    public int Count => End - _freeCount;

    /// <summary>The value at a place.</summary>
    public ref T this[int place] => ref _items[place];

    /// <summary>Takes a place. What stands there is what was left there.</summary>
    public int Take()
    {
        if (_freeCount > 0) return _free[--_freeCount];
        if (End == _items.Length) Array.Resize(ref _items, Math.Max(PlacesMin, _items.Length * 2));
        return End++;
    }

    /// <summary>Returns a place.</summary>
    public void Return(int place)
    {
        if (_freeCount == _free.Length) Array.Resize(ref _free, Math.Max(PlacesMin, _free.Length * 2));
        _free[_freeCount++] = place;
        if (_freeCount == End) Clear();
    }

    /// <summary>Returns all places.</summary>
    public void Clear()
    {
        if (_items.Length > PlacesMin) (_items, _free) = ([], []);
        End = _freeCount = 0;
    }
}
