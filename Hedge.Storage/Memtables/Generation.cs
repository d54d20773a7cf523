using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Ranges;
using Hedge.Storage.Records;
using Hedge.Storage.Values;

namespace Hedge.Storage.Memtables;

/// <summary>
/// A memtable: the records changed since some point, in the order of their first change, until a flush has
/// written them to a run. Active first (records may change in place), then frozen.
/// </summary>
// SAFETY: callers add live records, and replace or drop them here before they free them.
internal sealed unsafe class Generation : IDisposable
{
    private const int HeapSlack = 4096;

    private readonly SortedRecords _view;

    public Generation(byte number)
    {
        Number = number;
        Records = new RecordList();
        _view = new SortedRecords(Records);
    }

    /// <summary>What <see cref="RecordHeader.Generation"/> of its records says; counts up and
    /// wraps.</summary>
    public byte Number { get; }

    /// <summary>True once its run is installed: its records are turning clean and nobody reads the
    /// list.</summary>
    public bool IsReleasing { get; set; }

    /// <summary>The records; an entry is null when its keyspace died and the record was reclaimed.</summary>
    public RecordList Records { get; }

    /// <summary>Bytes of the records' allocations, as they were added or replaced.</summary>
    public long Bytes { get; set; }

    /// <summary>Bytes of log that only this generation's flush makes dispensable.</summary>
    public long LoggedBytes { get; set; }

    /// <summary>The last sequence number whose change is in this or an earlier generation; set at the
    /// freeze.</summary>
    public ulong LastSequence { get; set; }

    /// <summary>Blind writes of this generation whose effect on the key count is not known yet; after the
    /// freeze, was not known then.</summary>
    public int CountsPending { get; set; }

    /// <summary>Which keys are gone in everything older.</summary>
    public RangeTombstones Ranges { get; } = new();

    /// <summary>Blind writes and range tombstones whose effect on the key counts is not known.</summary>
    public long Unresolved => CountsPending + (long)Ranges.Uncounted.Count;

    /// <summary>What the filters have said at the flush about blind writes, and is counted; null before the
    /// run is written.</summary>
    public CountSums? Filtered { get; set; }

    /// <summary>What was added, besides <see cref="Filtered"/>, when all blind writes had been resolved; null
    /// before.</summary>
    public CountSums? Counted { get; set; }

    /// <summary>The databases and their counts as of <see cref="LastSequence"/>; null while active.</summary>
    public Keyspaces? Counts { get; set; }

    /// <summary>Where every core's log stood at the freeze.</summary>
    public LogPosition[] Appended { get; set; } = [];

    /// <summary>Keys that fell due before this time have been dealt with in this or an earlier generation;
    /// set at the freeze.</summary>
    public long ExpiryHorizon { get; set; }

    /// <summary>True when there is nothing to flush.</summary>
    public bool IsEmpty => Records.Count == 0;

    /// <summary>Where the large values stand in the logs.</summary>
    public ValuePlaces Places { get; } = new();

    /// <summary>Which records expire when.</summary>
    public ExpiryHeap Expiries { get; } = new();

    /// <summary>When fields of which hashes expire: each such record has an entry at its time
    /// (<see cref="RecordKeys.EarliestField"/>).</summary>
    public ExpiryHeap FieldExpiries { get; } = new();

    /// <summary>The earliest time at which something of its records may expire; <see cref="long.MaxValue"/>
    /// for never.</summary>
    public long FirstExpiry
    {
        get
        {
            long key = Expiries.TryPeek(out long first, out _) ? first : long.MaxValue;
            return FieldExpiries.TryPeek(out first, out _) ? Math.Min(key, first) : key;
        }
    }

    /// <summary>Adds a record that has just become dirty.</summary>
    public void Add(RecordHeader* record, long capacity)
    {
        Invariant.Check(Records.Count < uint.MaxValue,
            "a generation is frozen long before its indices run out");
        record->DirtyIndex = Records.Add(record);
        record->Generation = Number;
        record->State |= (byte)RecordStates.Dirty;
        Bytes += capacity;
    }

    /// <summary>Puts a new allocation in the place of a dirty record of the same key.</summary>
    public void Replace(RecordHeader* old, long oldCapacity, RecordHeader* record, long capacity)
    {
        record->DirtyIndex = old->DirtyIndex;
        record->Generation = Number;
        Records[old->DirtyIndex] = record;
        Bytes += capacity - oldCapacity;
    }

    /// <summary>Notes that the system moved a dirty record that has grown.</summary>
    public void Moved(RecordHeader* record, long grown)
    {
        Records[record->DirtyIndex] = record;
        Bytes += grown;
    }

    /// <summary>Takes a record of a dead keyspace out.</summary>
    public void Drop(RecordHeader* record, long capacity)
    {
        Records[record->DirtyIndex] = null;
        Bytes -= capacity;
        _view.Invalidate();
    }

    /// <summary>Notes that a dirty record expires at another time than before.</summary>
    /// <param name="record">The record, with its new time set.</param>
    /// <param name="before">The time it had before in this generation; 0 for none.</param>
    public void ExpiryChanged(RecordHeader* record, long before)
    {
        if (record->ExpireAt == 0 || (before != 0 && before <= record->ExpireAt)) return;
        if (Expiries.Count > HeapSlack && Expiries.Count > 2L * Records.Count) RebuildExpiries();
        Expiries.Add(record->ExpireAt, record->DirtyIndex);
    }

    /// <summary>Notes that fields of a dirty hash expire at another time than before.</summary>
    /// <param name="record">The record, with its new time set.</param>
    /// <param name="before">The time it had before in this generation; 0 for none.</param>
    public void FieldsChanged(RecordHeader* record, long before)
    {
        long earliest = RecordKeys.EarliestField(record);
        if (earliest == 0 || earliest == before) return;
        if (FieldExpiries.Count > HeapSlack && FieldExpiries.Count > 2L * Records.Count)
            RebuildFieldExpiries();
        FieldExpiries.Add(earliest, record->DirtyIndex);
    }

    /// <summary>The records in key order; brought up to date by the call. Valid until the next
    /// change.</summary>
    public SortedRecords Sorted()
    {
        _view.Extend();
        return _view;
    }

    /// <inheritdoc/>
    public void Dispose() => Records.Dispose();

    private void RebuildFieldExpiries()
    {
        FieldExpiries.Clear();
        for (uint i = 0; i < Records.Count; i++)
        {
            RecordHeader* record = Records[i];
            long earliest = record == null ? 0 : RecordKeys.EarliestField(record);
            if (earliest != 0) FieldExpiries.Add(earliest, i);
        }
    }

    private void RebuildExpiries()
    {
        Expiries.Clear();
        for (uint i = 0; i < Records.Count; i++)
        {
            RecordHeader* record = Records[i];
            if (record != null && record->ExpireAt != 0) Expiries.Add(record->ExpireAt, i);
        }
    }
}
