using System.Buffers.Binary;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Jobs;

/// <summary>
/// A frozen generation as a run's entries: first the expiry index in time order, then the records in key order, without
/// those of keyspaces that were dead at the freeze. Reads immutable records only; any thread.
/// </summary>
internal sealed unsafe class GenerationSource : IEntrySource
{
    private readonly Generation _generation;
    private readonly byte[] _key = new byte[InternalKey.BytesMax];
    private Item[] _items = [];
    private Item[] _expiring = [];
    private int _position = -1;
    private int _keyLength;

    public GenerationSource(Generation generation) => _generation = generation;

    /// <inheritdoc/>
    public RunEntry Current
    {
        get
        {
            if (_position < _expiring.Length) return new RunEntry { Key = _key.AsSpan(0, _keyLength) };
            RecordHeader* record = _items[_position - _expiring.Length].Record;
            if (RecordKeys.Is(record, RecordStates.Absent))
                return new RunEntry { Key = _key.AsSpan(0, _keyLength), Kind = RunEntryKind.Tombstone };
            return new RunEntry
            {
                Key = _key.AsSpan(0, _keyLength),
                Kind = RunEntryKind.Put,
                Type = record->Type,
                Encoding = record->Encoding,
                ExpireAt = record->ExpireAt,
                Value = RecordKeys.Value(record),
            };
        }
    }

    /// <summary>The hash of the record stood on; not in the expiry index.</summary>
    public ulong CurrentHash => RecordTable.HashOf(_items[_position - _expiring.Length].Record);

    /// <summary>Collects and sorts; before the first move.</summary>
    public void Prepare()
    {
        List<Item> items = new((int)Math.Min(_generation.Records.Count, int.MaxValue / 2));
        List<Item> expiring = [];
        for (uint i = 0; i < _generation.Records.Count; i++)
        {
            RecordHeader* record = _generation.Records[i];
            if (record == null || !_generation.Counts!.IsLive(record->Keyspace)) continue;
            items.Add(new Item(record, Prefix(record)));
            if (record->ExpireAt != 0) expiring.Add(new Item(record, (ulong)record->ExpireAt));
        }

        items.Sort(static (left, right) => left.CompareTo(right));
        expiring.Sort(static (left, right) => left.CompareTo(right));
        _items = [.. items];
        _expiring = [.. expiring];
    }

    /// <inheritdoc/>
    public bool MoveNext()
    {
        if (++_position >= _expiring.Length + _items.Length) return false;
        if (_position < _expiring.Length)
        {
            RecordHeader* expiring = _expiring[_position].Record;
            _keyLength = InternalKey.WriteExpiry(_key, expiring->ExpireAt, expiring->Keyspace, RecordKeys.Key(expiring));
            return true;
        }

        RecordHeader* record = _items[_position - _expiring.Length].Record;
        _keyLength = InternalKey.Write(_key, record->Keyspace, RecordKeys.Key(record));
        return true;
    }

    // The first bytes of (keyspace, key), so that most comparisons need not touch the records.
    private static ulong Prefix(RecordHeader* record)
    {
        Span<byte> first = stackalloc byte[8];
        first.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(first, record->Keyspace);
        ReadOnlySpan<byte> key = RecordKeys.Key(record);
        key[..Math.Min(4, key.Length)].CopyTo(first[4..]);
        return BinaryPrimitives.ReadUInt64BigEndian(first);
    }

    private readonly struct Item(RecordHeader* record, ulong order)
    {
        // SAFETY: a record of the frozen generation, which lives until the generation is released.
        public RecordHeader* Record { get; } = record;

        public int CompareTo(in Item other) => order != other.Order
            ? order.CompareTo(other.Order)
            : RecordKeys.Compare(Record, other.Record);

        private ulong Order => order;
    }
}
