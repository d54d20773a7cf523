using Hedge.Storage.Values;

namespace Hedge.Storage.Logs;

/// <summary>
/// The large values of the log record that is being made. Their places are known only when the record is
/// committed. Until then the record in memory holds a token instead of a place. If something overwrites the
/// value meanwhile, the token is gone. Owned by the core.
/// </summary>
internal sealed class PendingPlaces
{
    private readonly List<Item> _items = [];

    /// <summary>True when the record has no large value.</summary>
    public bool IsEmpty => _items.Count == 0;

    /// <summary>Notes a value.</summary>
    /// <param name="places">The generation's places.</param>
    /// <param name="index">The record's index in the generation.</param>
    /// <param name="offset">The value's first byte in the log record.</param>
    /// <param name="length">The value's length.</param>
    public void Add(ValuePlaces places, uint index, long offset, int length)
    {
        ValuePlace token = ValuePlace.Token(_items.Count);
        places.Set(index, token);
        _items.Add(new Item(places, index, token, offset, length));
    }

    /// <summary>Sets the places, since the record is committed: it begins at an offset of a
    /// segment.</summary>
    public void Settle(LogSegment segment, long recordOffset)
    {
        foreach (Item item in _items)
        {
            segment.ValueFile?.Appended(item.Length, recordOffset + item.Offset + item.Length);
            if (item.Places[item.Index] != item.Token) continue;
            long offset = recordOffset + item.Offset;
            item.Places.Set(item.Index, segment.ValueFile is null
                ? default : ValuePlace.At(segment.Core, segment.Number, offset));
        }

        _items.Clear();
    }

    /// <summary>Forgets the values, since the record is dropped.</summary>
    public void Drop()
    {
        foreach (Item item in _items)
            if (item.Places[item.Index] == item.Token) item.Places.Clear(item.Index);
        _items.Clear();
    }

    private readonly record struct Item(
        ValuePlaces Places, uint Index, ValuePlace Token, long Offset, int Length);
}
