using Hedge.Storage.Keys;

namespace Hedge.Storage.Readers;

/// <summary>
/// Which clients have read which keys of a partition, whatever the database, since the key's last change
/// (CLIENT TRACKING). Used by whoever holds the partition; the sizes may be read by any thread.
/// </summary>
/// <remarks>
/// 1. A key is an entry, in a hash table with chains. Its bytes stand in cells of a fixed size, in a chain.
/// 2. Who has read it are its readings, in a chain. They are in a second hash table too, by entry and client,
///    so that a client stands there once however many have read the key.
/// 3. A change takes the entry out and tells each reader once. Clients that are gone are found out then.
/// 4. When there are too many entries (<see cref="ReadKeyLimits"/>), a hand goes round over them, and the one
///    it comes to is given up as if its key had changed.
/// All of it stands in arrays, so that a reading costs no allocation.
/// </remarks>
public sealed class ReadKeys
{
    private const int CellBytes = 32;
    private const int BucketsMin = 16;
    private const int TrimmedPerTick = 1000;

    private readonly ReadKeyLimits _limits;
    private readonly SlotArray<Entry> _entries = new();
    private readonly SlotArray<Reading> _readings = new();
    private readonly SlotArray<Cell> _cells = new();
    private int[] _entryBuckets = new int[BucketsMin];
    private int[] _readingBuckets = new int[BucketsMin];
    private byte[] _scratch = [];
    private int _hand;

    internal ReadKeys(int partition, ReadKeyLimits limits)
    {
        _limits = limits;
        limits.Add(partition, this);
    }

    /// <summary>What it shares with the other partitions' tables.</summary>
    public ReadKeyLimits Limits => _limits;

    /// <summary>True when nothing is remembered.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Keys that are remembered.</summary>
    public int Count => _entries.Count;

    /// <summary>Readings of them.</summary>
    public int Readings => _readings.Count;

    /// <summary>Bytes that they take.</summary>
    public long Bytes => (Count * (long)Entry.SizeBytes) + (Readings * (long)Reading.SizeBytes)
        + (_cells.Count * (long)Cell.SizeBytes);

    /// <summary>A client has read a key.</summary>
    public void Add(ReadOnlySpan<byte> key, in KeyReader reader, IReaderSink sink)
    {
        ulong hash = KeyHash.Compute(0u, key);
        int entry = Find(hash, key);
        if (entry < 0) entry = AddEntry(hash, key);
        else if (HasReading(entry, reader)) return;
        AddReading(entry, reader);
        while (Count > 1 && _limits.IsTooMuch(this)) GiveUp(NextEntry(except: entry), sink);
    }

    /// <summary>A key has changed: tells its readers, and forgets them.</summary>
    /// <param name="key">The key.</param>
    /// <param name="isOfClient">False when it has gone by itself.</param>
    /// <param name="sink">Who tells them.</param>
    public void Change(ReadOnlySpan<byte> key, bool isOfClient, IReaderSink sink)
    {
        int entry = Find(KeyHash.Compute(0u, key), key);
        if (entry >= 0) Tell(key, Remove(entry), isOfClient, sink);
    }

    /// <summary>Forgets everything: all readers are told otherwise.</summary>
    public void Clear()
    {
        if (IsEmpty) return;
        for (int entry = 0; entry < _entries.End; entry++) _entries[entry].IsLive = false;
        _entries.Clear();
        _readings.Clear();
        _cells.Clear();
        _entryBuckets = new int[BucketsMin];
        _readingBuckets = new int[BucketsMin];
        _hand = 0;
        _scratch = [];
    }

    /// <summary>The owner's tick: gives entries up while all partitions have too many together.</summary>
    public void Trim(IReaderSink sink)
    {
        for (int i = 0; i < TrimmedPerTick && Count > 0 && _limits.IsTooMuch(this); i++)
            GiveUp(NextEntry(except: -1), sink);
    }

    private void GiveUp(int entry, IReaderSink sink)
    {
        ReadOnlySpan<byte> key = KeyOf(entry);
        Tell(key, Remove(entry), isOfClient: false, sink);
    }

    // The readings are out of the tables when the first reader is told.
    private void Tell(ReadOnlySpan<byte> key, int reading, bool isOfClient, IReaderSink sink)
    {
        while (reading >= 0)
        {
            KeyReader reader = _readings[reading].Reader;
            int next = _readings[reading].NextOfKey;
            _readings.Return(reading);
            reading = next;
            sink.Changed(key, reader, isOfClient);
        }
    }

    private int AddEntry(ulong hash, ReadOnlySpan<byte> key)
    {
        if (Count == _entryBuckets.Length) GrowEntries();
        int place = _entries.Take();
        ref int bucket = ref _entryBuckets[hash & (ulong)(_entryBuckets.Length - 1)];
        _entries[place] = new Entry
        {
            IsLive = true,
            Hash = hash,
            Length = key.Length,
            Cell = Keep(key),
            Reading = -1,
            Next = bucket - 1,
        };
        bucket = place + 1;
        return place;
    }

    private void AddReading(int entry, in KeyReader reader)
    {
        if (Readings == _readingBuckets.Length) GrowReadings();
        int place = _readings.Take();
        ref int bucket = ref _readingBuckets[BucketOf(entry, reader.Client)];
        _readings[place] = new Reading
        {
            Reader = reader,
            Entry = entry,
            NextOfKey = _entries[entry].Reading,
            Next = bucket - 1,
        };
        bucket = place + 1;
        _entries[entry].Reading = place;
    }

    // Takes an entry out. Returns the first of its readings, which are out of their table, and still chained.
    private int Remove(int place)
    {
        ref Entry entry = ref _entries[place];
        int first = entry.Reading;
        ref int bucket = ref _entryBuckets[entry.Hash & (ulong)(_entryBuckets.Length - 1)];
        if (bucket - 1 == place) bucket = entry.Next + 1;
        else
        {
            int before = bucket - 1;
            while (_entries[before].Next != place) before = _entries[before].Next;
            _entries[before].Next = entry.Next;
        }

        for (int cell = entry.Cell; cell >= 0;)
        {
            int next = _cells[cell].Next;
            _cells.Return(cell);
            cell = next;
        }

        for (int reading = first; reading >= 0; reading = _readings[reading].NextOfKey) Unlink(reading);
        entry.IsLive = false;
        _entries.Return(place);
        return first;
    }

    private void Unlink(int place)
    {
        ref Reading reading = ref _readings[place];
        ref int bucket = ref _readingBuckets[BucketOf(reading.Entry, reading.Reader.Client)];
        if (bucket - 1 == place)
        {
            bucket = reading.Next + 1;
            return;
        }

        int before = bucket - 1;
        while (_readings[before].Next != place) before = _readings[before].Next;
        _readings[before].Next = reading.Next;
    }

    private int NextEntry(int except)
    {
        for (; ; _hand++)
        {
            if (_hand >= _entries.End) _hand = 0;
            if (_hand != except && _entries[_hand].IsLive) return _hand++;
        }
    }

    private int Find(ulong hash, ReadOnlySpan<byte> key)
    {
        int place = _entryBuckets[hash & (ulong)(_entryBuckets.Length - 1)] - 1;
        while (place >= 0 && !(_entries[place].Hash == hash && Is(place, key))) place = _entries[place].Next;
        return place;
    }

    private bool HasReading(int entry, in KeyReader reader)
    {
        int place = _readingBuckets[BucketOf(entry, reader.Client)] - 1;
        while (place >= 0
            && !(_readings[place].Entry == entry && _readings[place].Reader.Client == reader.Client))
            place = _readings[place].Next;
        return place >= 0;
    }

    private bool Is(int entry, ReadOnlySpan<byte> key)
    {
        if (_entries[entry].Length != key.Length) return false;
        int cell = _entries[entry].Cell;
        while (key.Length > CellBytes)
        {
            if (!key[..CellBytes].SequenceEqual(_cells[cell].Bytes)) return false;
            key = key[CellBytes..];
            cell = _cells[cell].Next;
        }

        return key.IsEmpty || key.SequenceEqual(((ReadOnlySpan<byte>)_cells[cell].Bytes)[..key.Length]);
    }

    // Puts a key into cells, from its end on. -1 for the empty key.
    private int Keep(ReadOnlySpan<byte> key)
    {
        int next = -1;
        while (!key.IsEmpty)
        {
            int length = ((key.Length - 1) % CellBytes) + 1;
            int place = _cells.Take();
            key[^length..].CopyTo(_cells[place].Bytes);
            _cells[place].Next = next;
            next = place;
            key = key[..^length];
        }

        return next;
    }

    // Valid until the next call.
    private ReadOnlySpan<byte> KeyOf(int entry)
    {
        int length = _entries[entry].Length;
        if (_scratch.Length < length) _scratch = new byte[Math.Max(length, 2 * CellBytes)];
        Span<byte> left = _scratch.AsSpan(0, length);
        for (int cell = _entries[entry].Cell; cell >= 0; cell = _cells[cell].Next)
        {
            int part = Math.Min(left.Length, CellBytes);
            ((ReadOnlySpan<byte>)_cells[cell].Bytes)[..part].CopyTo(left);
            left = left[part..];
        }

        return _scratch.AsSpan(0, length);
    }

    private void GrowEntries()
    {
        _entryBuckets = new int[_entryBuckets.Length * 2];
        for (int place = 0; place < _entries.End; place++)
        {
            ref Entry entry = ref _entries[place];
            if (!entry.IsLive) continue;
            ref int bucket = ref _entryBuckets[entry.Hash & (ulong)(_entryBuckets.Length - 1)];
            entry.Next = bucket - 1;
            bucket = place + 1;
        }
    }

    private void GrowReadings()
    {
        _readingBuckets = new int[_readingBuckets.Length * 2];
        for (int entry = 0; entry < _entries.End; entry++)
        {
            if (!_entries[entry].IsLive) continue;
            for (int place = _entries[entry].Reading; place >= 0; place = _readings[place].NextOfKey)
            {
                ref Reading reading = ref _readings[place];
                ref int bucket = ref _readingBuckets[BucketOf(entry, reading.Reader.Client)];
                reading.Next = bucket - 1;
                bucket = place + 1;
            }
        }
    }

    private int BucketOf(int entry, long client)
    {
        const ulong odd = 0x9E3779B97F4A7C15;
        ulong mixed = (((ulong)client * odd) ^ (uint)entry) * odd;
        return (int)((mixed >> 32) & (ulong)(_readingBuckets.Length - 1));
    }

    private struct Entry
    {
        public const int SizeBytes = 32;

        public ulong Hash;
        public int Length;
        public int Cell;
        public int Reading;
        public int Next;
        public bool IsLive;
    }

    private struct Reading
    {
        public const int SizeBytes = 32;

        public KeyReader Reader;
        public int Entry;
        public int NextOfKey;
        public int Next;
    }

    private struct Cell
    {
        public const int SizeBytes = CellBytes + sizeof(int);

        public CellContent Bytes;
        public int Next;
    }

    [System.Runtime.CompilerServices.InlineArray(CellBytes)]
    private struct CellContent
    {
        private byte _first;
    }
}
