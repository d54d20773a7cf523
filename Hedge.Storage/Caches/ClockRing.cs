namespace Hedge.Storage.Caches;

/// <summary>What a CLOCK hand goes round: numbered things in a ring. One owner thread.</summary>
/// <remarks>A doubly linked list, so that a thing that may not go leaves the ring and comes back at once,
/// whatever the ring's length.</remarks>
internal sealed class ClockRing
{
    private const int None = -1;

    private readonly List<(int Next, int Previous)> _links = [];
    private int _hand = None;

    /// <summary>How many things are in the ring.</summary>
    public int Count { get; private set; }

    /// <summary>Makes its table large enough for so many things.</summary>
    public void EnsureCapacity(int count) => _links.EnsureCapacity(count);

    /// <summary>Adds a thing behind the hand, so that it is the last one the hand comes to.</summary>
    public void Add(int item)
    {
        while (_links.Count <= item) _links.Add((None, None));
        if (_hand == None)
        {
            _hand = item;
            _links[item] = (item, item);
        }
        else
        {
            int before = _links[_hand].Previous;
            _links[item] = (_hand, before);
            _links[before] = (item, _links[before].Previous);
            _links[_hand] = (_links[_hand].Next, item);
        }

        Count++;
    }

    /// <summary>Removes a thing that is in the ring.</summary>
    public void Remove(int item)
    {
        (int next, int previous) = _links[item];
        Count--;
        if (Count == 0)
        {
            _hand = None;
            return;
        }

        _links[previous] = (next, _links[previous].Previous);
        _links[next] = (_links[next].Next, previous);
        if (_hand == item) _hand = next;
    }

    /// <summary>The thing at the hand, which moves on. The ring is not empty.</summary>
    public int Step()
    {
        int item = _hand;
        _hand = _links[item].Next;
        return item;
    }
}
