using System.Runtime.InteropServices;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Memtables;

/// <summary>
/// A frozen generation as a run's entries: first the expiry index in time order, then the records in key
/// order, without those of keyspaces that were dead at the freeze. Reads immutable records only; any thread.
/// </summary>
internal sealed unsafe class GenerationSource
{
    private readonly Generation _generation;
    private readonly byte[] _key = new byte[InternalKey.BytesMax];
    private uint[] _items = [];
    private int _itemCount;
    private Item[] _expiring = [];
    private int _position = -1;
    private int _keyLength;

    public GenerationSource(Generation generation) => _generation = generation;

    /// <summary>The entry stood on; valid until the next move.</summary>
    public RunEntry Current => _position < _expiring.Length
        ? new RunEntry { Key = _key.AsSpan(0, _keyLength) }
        : GenerationEntries.EntryOf(At(_position), _key.AsSpan(0, _keyLength));

    /// <summary>The hash of the record stood on; not in the expiry index.</summary>
    public ulong CurrentHash => RecordTable.HashOf(At(_position));

    /// <summary>Where the value stood on is in a log; nowhere when it is small.</summary>
    public ValuePlace CurrentPlace => _position < _expiring.Length || _generation.Places.IsEmpty
        ? default : _generation.Places[_items[_position - _expiring.Length]];

    /// <summary>The share of the entries gone through, 0 … 1.</summary>
    public double Progress
    {
        get
        {
            int all = _expiring.Length + _itemCount;
            return all == 0 ? 1 : Math.Clamp((_position + 1) / (double)all, 0, 1);
        }
    }

    /// <summary>Computes the hashes of the records that come next; returns how many there are.</summary>
    public int HashesAhead(Span<ulong> hashes)
    {
        int first = Math.Max(_position + 1, _expiring.Length);
        int count = Math.Max(0, Math.Min(hashes.Length, _expiring.Length + _itemCount - first));
        for (int i = 0; i < count; i++) hashes[i] = RecordTable.HashOf(At(first + i));
        return count;
    }

    /// <summary>Collects and sorts; before the first move.</summary>
    public void Prepare()
    {
        uint count = _generation.Records.Count;
        uint[] indices = GC.AllocateUninitializedArray<uint>((int)count);
        using AlignedBuffer scratch = new(Math.Max(1, (int)count) * sizeof(nint));
        Span<nint> addresses = MemoryMarshal.Cast<byte, nint>(scratch.Span);
        List<Item> expiring = [];
        int live = 0;
        for (uint i = 0; i < count; i++)
        {
            RecordHeader* record = _generation.Records[i];
            if (record == null || !_generation.Counts!.IsLive(record->Keyspace) || IsBuried(record)) continue;
            indices[live] = i;
            addresses[live++] = (nint)record;
            long dueAt = RecordKeys.DueAt(record);
            if (dueAt != 0) expiring.Add(new Item(record, dueAt));
        }

        RecordSorter.Sort(indices.AsSpan(0, live), addresses[..live]);
        expiring.Sort(static (left, right) => left.CompareTo(right));
        _items = indices;
        _itemCount = live;
        _expiring = [.. expiring];
    }

    // A node whose collection has died in the same generation.
    private bool IsBuried(RecordHeader* record) => BuriedNodes.Covers(_generation.Ranges.Covered, record);

    /// <summary>Goes to the next entry; false at the end.</summary>
    public bool MoveNext()
    {
        if (++_position >= _expiring.Length + _itemCount) return false;
        if (_position < _expiring.Length)
        {
            Item item = _expiring[_position];
            _keyLength = InternalKey.WriteExpiry(_key, item.DueAt, item.Record->Keyspace,
                RecordKeys.Key(item.Record));
            return true;
        }

        RecordHeader* record = At(_position);
        _keyLength = InternalKey.Write(_key, record->Keyspace, RecordKeys.Key(record));
        return true;
    }

    private RecordHeader* At(int position) => _generation.Records[_items[position - _expiring.Length]];

    private readonly struct Item(RecordHeader* record, long dueAt)
    {
        public long DueAt { get; } = dueAt;

        // SAFETY: a record of the frozen generation, which lives until the generation is released.
        public RecordHeader* Record { get; } = record;

        public int CompareTo(in Item other) => DueAt != other.DueAt
            ? DueAt.CompareTo(other.DueAt)
            : RecordKeys.Compare(Record, other.Record);
    }
}
