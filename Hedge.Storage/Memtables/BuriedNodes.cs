using Hedge.Storage.Keys;
using Hedge.Storage.Ranges;
using Hedge.Storage.Records;

namespace Hedge.Storage.Memtables;

/// <summary>Which nodes in memory belong to collections that have died: until a sweep has met all
/// records.</summary>
internal sealed class BuriedNodes
{
    private KeyRanges _swept = new();
    private KeyRanges _next = new();

    /// <summary>True when there are none.</summary>
    public bool IsEmpty => _swept.Count + _next.Count == 0;

    /// <summary>Adds a collection's nodes.</summary>
    public void Add(KeyRange range) => _next.Add(range);

    /// <summary>A sweep begins.</summary>
    public void BeginSweep()
    {
        _swept.Add(_next);
        _next = new KeyRanges();
    }

    /// <summary>A sweep has met all records.</summary>
    public void EndSweep() => _swept = new KeyRanges();

    /// <summary>True for a node that the present sweep is to free.</summary>
    // SAFETY: the record is live.
    public unsafe bool Covers(RecordHeader* record) => Covers(_swept, record);

    /// <summary>True for a node within some ranges.</summary>
    // SAFETY: the record is live. A node's key is short.
    public static unsafe bool Covers(KeyRanges ranges, RecordHeader* record)
    {
        if ((record->Keyspace & Keyspaces.NodeBit) == 0 || ranges.Count == 0) return false;
        Span<byte> key = stackalloc byte[InternalKey.PrefixBytes + record->KeyLength];
        InternalKey.Write(key, record->Keyspace, RecordKeys.Key(record));
        return ranges.Covers(key);
    }
}
