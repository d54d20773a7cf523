namespace Hedge.Storage.Memtables;

/// <summary>
/// The unflushed records of a generation that expire, the earliest first. An entry is a hint: whoever takes
/// it compares with the record. Every such record has an entry at or before its expiry.
/// </summary>
internal sealed class ExpiryHeap
{
    private readonly PriorityQueue<uint, long> _queue = new();

    /// <summary>Number of entries.</summary>
    public int Count => _queue.Count;

    /// <summary>Adds the record with this index in its generation.</summary>
    public void Add(long expireAt, uint index) => _queue.Enqueue(index, expireAt);

    /// <summary>The earliest entry.</summary>
    public bool TryPeek(out long expireAt, out uint index) => _queue.TryPeek(out index, out expireAt);

    /// <summary>Removes the earliest entry.</summary>
    public void RemoveFirst() => _queue.Dequeue();

    /// <summary>Removes all entries.</summary>
    public void Clear() => _queue.Clear();
}
