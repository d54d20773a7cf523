using Hedge.Storage.Records;

namespace Hedge.Storage.Memtables;

/// <summary>
/// The indices of a generation's records in key order, made when first asked for and extended from then on:
/// new records are sorted among themselves and merged in. Keys of a generation never change, so the order
/// stays right.
/// </summary>
// SAFETY: the list holds live records; a dropped one is null, and dropping invalidates the view.
internal sealed unsafe class SortedRecords(RecordList records)
{
    private uint[] _indices = [];
    private int _count;
    private uint _covered;

    /// <summary>Number of records in the view.</summary>
    public int Count => _count;

    /// <summary>The record at a position in key order; never null in a view just extended.</summary>
    public RecordHeader* this[int position] => records[_indices[position]];

    /// <summary>Forgets the order, after records were taken out.</summary>
    public void Invalidate()
    {
        _indices = [];
        _count = 0;
        _covered = 0;
    }

    /// <summary>Takes in the records added since the last call.</summary>
    public void Extend()
    {
        if (_covered == records.Count) return;
        int fresh = CollectFresh(out uint[] added, out nint[] addresses);
        RecordSorter.Sort(added.AsSpan(0, fresh), addresses.AsSpan(0, fresh));
        if (_count == 0)
        {
            _indices = added;
            _count = fresh;
        }
        else Merge(added.AsSpan(0, fresh));
        _covered = records.Count;
    }

    /// <summary>The first position whose key is not below (keyspace, key).</summary>
    public int LowerBound(uint keyspace, ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = _count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (RecordKeys.Compare(this[middle], keyspace, key) < 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private int CollectFresh(out uint[] added, out nint[] addresses)
    {
        added = new uint[records.Count - _covered];
        addresses = new nint[added.Length];
        int fresh = 0;
        for (uint i = _covered; i < records.Count; i++)
        {
            if (records[i] == null) continue;
            addresses[fresh] = (nint)records[i];
            added[fresh++] = i;
        }

        return fresh;
    }

    private int Compare(uint left, uint right) => RecordKeys.Compare(records[left], records[right]);

    private void Merge(ReadOnlySpan<uint> added)
    {
        // From the back, in place: the larger of both ends goes to the end of the grown array.
        int old = _count;
        int total = old + added.Length;
        if (total > _indices.Length)
            Array.Resize(ref _indices, Math.Max(total, _indices.Length + _indices.Length / 2));
        int left = old - 1;
        int right = added.Length - 1;
        for (int to = total - 1; right >= 0; to--)
        {
            bool takeLeft = left >= 0 && Compare(_indices[left], added[right]) > 0;
            _indices[to] = takeLeft ? _indices[left--] : added[right--];
        }

        _count = total;
    }
}
