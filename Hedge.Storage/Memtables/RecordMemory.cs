using Hedge.Storage.Ranges;
using Hedge.Storage.Records;

namespace Hedge.Storage.Memtables;

/// <summary>How a write changed the number of keys and of keys with an expiry.</summary>
internal readonly record struct CountChange(int Keys, int Expires);

/// <summary>
/// The records of one partition in memory: table, allocator and generations, and the rules by which a record
/// passes between dirty, frozen and clean. Knows neither log nor disk. Owned by the partition.
/// </summary>
// SAFETY: every record here came from the allocator and is freed once, after the table and its generation
// have let go of it; slots are used before the next change of the table.
internal sealed unsafe class RecordMemory : IDisposable
{
    private const long SlackBytesMax = 4 * 1024 * 1024;
    private const int CopiedBytes = 4096;
    private const byte FirstFrequency = 5;

    private readonly List<Generation> _frozen = [];

    /// <summary>From keys to records.</summary>
    public RecordTable Table { get; } = new();

    /// <summary>The records' memory.</summary>
    public RecordAllocator Allocator { get; } = new();

    /// <summary>The generation that takes changes.</summary>
    public Generation Active { get; private set; } = new(0);

    /// <summary>The generations being flushed, oldest first.</summary>
    public IReadOnlyList<Generation> Frozen => _frozen;

    /// <summary>Records that are in no run yet.</summary>
    public long UnflushedRecords =>
        Active.Records.Count + _frozen.Where(static frozen => !frozen.IsReleasing)
            .Sum(static frozen => (long)frozen.Records.Count);

    /// <summary>Bytes of the records and of the table.</summary>
    public long Bytes => Allocator.BytesInUse + Table.BytesHeld;

    /// <summary>Bytes taken from the system for them.</summary>
    public long HeldBytes => Allocator.BytesHeld + Table.BytesHeld;

    /// <summary>Records that went as soon as they were flushed, since memory was short; ever.</summary>
    public long DroppedWhenFlushed { get; private set; }

    /// <summary>Bytes of records that are not in a generation, roughly: what can be evicted.</summary>
    public long CleanBytes => Allocator.BytesInUse - DirtyBytes;

    /// <summary>Bytes of records that are not flushed yet, or whose flush is not over: none of them can be
    /// evicted.</summary>
    public long DirtyBytes
    {
        get
        {
            long bytes = Active.Bytes;
            foreach (Generation generation in _frozen) bytes += generation.Bytes;
            return bytes;
        }
    }

    /// <summary>The time accesses are stamped with, in seconds.</summary>
    public uint NowSeconds { get; set; }

    /// <summary>Stores a record, or with <see cref="RecordStates.Absent"/> a tombstone, as dirty.</summary>
    /// <param name="slot">Where the key stands in the table; null when it does not.</param>
    /// <param name="hash">The key's hash.</param>
    /// <param name="keyspace">The key's keyspace.</param>
    /// <param name="key">The key.</param>
    /// <param name="content">What to store. The value may be a view of any record, also of the one
    /// replaced.</param>
    /// <param name="flags">Further bits: <see cref="RecordStates.CountPending"/>,
    /// <see cref="RecordStates.Absent"/>.</param>
    public RecordHeader* Put(ulong* slot, ulong hash, uint keyspace, ReadOnlySpan<byte> key,
        in RecordContent content, RecordStates flags)
    {
        RecordHeader* old = slot == null ? null : RecordTable.RecordAt(slot);
        bool wasActive = old != null && IsActive(old);
        long expiredBefore = wasActive ? old->ExpireAt : 0;
        RecordStates kept = wasActive ? (RecordStates)old->State & RecordStates.CountPending : 0;
        long needed = RecordHeader.SizeBytes + key.Length + (long)content.Value.Length;
        RecordHeader* record;
        if (old != null && !IsFrozen(old) && Fits(old, needed))
        {
            record = old;
            if (!wasActive) Active.Add(old, Allocator.Capacity(old));
            RecordAllocator.Use(record, needed);
            record->ValueLength = content.Value.Length;
            content.Value.CopyTo(RecordKeys.Value(record));
        }
        else
        {
            record = Allocate(needed, keyspace, key, content.Value.Length);
            CopyToFresh(content.Value, record);
            Supersede(slot, hash, old, record);
        }

        FreeReplaced(old, record);
        record->ExpireAt = content.ExpireAt;
        record->Type = (byte)content.Type;
        record->Encoding = (byte)content.Encoding;
        record->State = (byte)(RecordStates.Dirty | UseOf(old != null) | flags | kept);
        record->LastAccess = NowSeconds;
        Active.ExpiryChanged(record, expiredBefore);
        if (content.Type == RecordType.Hash) Active.FieldsChanged(record, 0);
        if (!Active.Places.IsEmpty) Active.Places.Clear(record->DirtyIndex);
        return record;
    }

    /// <summary>
    /// Makes the record dirty, of the given value length, with its value's first bytes kept and further ones
    /// zero, ready to be written into. Growing leaves room for more growth.
    /// </summary>
    /// <param name="slot">Where the key stands in the table; null when it does not.</param>
    /// <param name="hash">The key's hash.</param>
    /// <param name="keyspace">The key's keyspace.</param>
    /// <param name="key">The key.</param>
    /// <param name="valueLength">The value's new length, at least its old one.</param>
    /// <param name="mayMove">False when views of the old record must stay readable during the call.</param>
    /// <param name="replaced">An old allocation that the caller frees by <see cref="FreeReplaced"/> when it
    /// is done; null for none.</param>
    public RecordHeader* Open(ulong* slot, ulong hash, uint keyspace, ReadOnlySpan<byte> key, int valueLength,
        bool mayMove, out RecordHeader* replaced)
    {
        replaced = null;
        RecordHeader* old = slot == null ? null : RecordTable.RecordAt(slot);
        bool present = old != null && !RecordKeys.Is(old, RecordStates.Absent);
        bool wasActive = old != null && IsActive(old);
        bool inPlace = old != null && !IsFrozen(old);
        int oldLength = present ? old->ValueLength : 0;
        long expiredBefore = wasActive ? old->ExpireAt : 0;
        long needed = RecordHeader.SizeBytes + key.Length + (long)valueLength;
        RecordHeader* record = old;
        if (inPlace && Allocator.Capacity(old) >= needed)
        {
            if (!wasActive) Active.Add(old, Allocator.Capacity(old));
        }
        else if (inPlace && mayMove && old->SizeClass == SizeClasses.Own)
        {
            if (!wasActive) Active.Add(old, Allocator.Capacity(old));
            long before = Allocator.Capacity(old);
            record = Allocator.GrowOwn(old, WithSlack(needed));
            Active.Moved(record, Allocator.Capacity(record) - before);
            RecordTable.Replace(slot, record);
        }
        else
        {
            long room = valueLength > oldLength && oldLength > 0 ? WithSlack(needed) : needed;
            record = Allocate(room, keyspace, key, valueLength);
            if (present) CopyToFresh(RecordKeys.Value(old), record);
            RecordAllocator.UseOnly(record, RecordHeader.SizeBytes + key.Length + (long)oldLength);
            Inherit(record, old, present, wasActive);
            Supersede(slot, hash, old, record);
            replaced = old;
        }

        if (!present) MakePresent(record);
        record->ValueLength = valueLength;
        ClearBehind(record, oldLength, needed);
        record->State = (byte)(((RecordStates)record->State & RecordStates.CountPending)
            | RecordStates.Dirty | UseOf(old != null));
        record->LastAccess = NowSeconds;
        Active.ExpiryChanged(record, expiredBefore);
        if (!wasActive && record->Type == (byte)RecordType.Hash) Active.FieldsChanged(record, 0);
        return record;
    }

    /// <summary>Frees what an <see cref="Open"/> replaced, or leaves it to the flush that still reads
    /// it.</summary>
    public void FreeReplaced(RecordHeader* replaced, RecordHeader* record)
    {
        if (replaced == null || replaced == record) return;
        if (IsFrozen(replaced)) RecordKeys.Set(replaced, RecordStates.Detached);
        else Allocator.Free(replaced);
    }

    /// <summary>Changes the expiry of a record that <see cref="Open"/> has made dirty.</summary>
    public void SetExpiry(RecordHeader* record, long expireAt)
    {
        long before = record->ExpireAt;
        record->ExpireAt = expireAt;
        Active.ExpiryChanged(record, before);
    }

    /// <summary>Takes in what a run says about a key that is not in the table: a clean record or
    /// absence.</summary>
    public RecordHeader* InsertClean(ulong hash, uint keyspace, ReadOnlySpan<byte> key,
        in RecordContent content, RecordStates flags)
    {
        RecordHeader* record = Allocate(RecordHeader.SizeBytes + key.Length + (long)content.Value.Length,
            keyspace, key, content.Value.Length);
        CopyToFresh(content.Value, record);
        record->ExpireAt = content.ExpireAt;
        record->Type = (byte)content.Type;
        record->Encoding = (byte)content.Encoding;
        record->State = (byte)flags;
        record->LastAccess = NowSeconds;
        Table.Insert(hash, record);
        return record;
    }

    /// <summary>Sets when and how often a key was used, if its record is here. No change of the
    /// data.</summary>
    public void SetUse(ulong hash, uint keyspace, ReadOnlySpan<byte> key, uint? lastAccess, byte? frequency)
    {
        ulong* slot = Table.Find(hash, keyspace, key);
        if (slot == null) return;
        RecordHeader* record = RecordTable.RecordAt(slot);
        record->LastAccess = lastAccess ?? record->LastAccess;
        record->Frequency = frequency ?? record->Frequency;
    }

    /// <summary>Notes that a range of keys is removed from the runs.</summary>
    public void Delete(KeyRange range)
    {
        long before = Active.Ranges.Covered.Bytes;
        Active.Ranges.Delete(range);
        Active.Bytes += Math.Max(0, Active.Ranges.Covered.Bytes - before);
    }

    /// <summary>Takes down that nodes are gone.</summary>
    public void Bury(KeyRange range)
    {
        long before = Active.Ranges.Covered.Bytes;
        Active.Ranges.Bury(range);
        Active.Bytes += Math.Max(0, Active.Ranges.Covered.Bytes - before);
    }

    /// <summary>True when a range delete that is in no run yet has removed a key from all runs. The key is
    /// not in memory.</summary>
    /// <param name="internalKey">The key.</param>
    public bool IsRemoved(ReadOnlySpan<byte> internalKey)
    {
        if (Active.Ranges.Covered.Covers(internalKey)) return true;
        foreach (Generation generation in _frozen)
            if (!generation.IsReleasing && generation.Ranges.Covered.Covers(internalKey)) return true;
        return false;
    }

    /// <summary>True when there is any such range.</summary>
    public bool HasRemovedRanges
    {
        get
        {
            if (!Active.Ranges.IsEmpty) return true;
            foreach (Generation generation in _frozen)
                if (!generation.IsReleasing && !generation.Ranges.IsEmpty) return true;
            return false;
        }
    }

    /// <summary>The ranges that generations older than one have removed from all runs.</summary>
    public KeyRanges[] RemovedBefore(Generation generation)
    {
        List<KeyRanges> removed = [];
        foreach (Generation older in _frozen)
        {
            if (ReferenceEquals(older, generation)) break;
            if (!older.IsReleasing && !older.Ranges.IsEmpty) removed.Add(older.Ranges.Covered);
        }

        return [.. removed];
    }

    /// <summary>Ends the active generation and begins the next. The frozen one's records are immutable from
    /// now on.</summary>
    public Generation Freeze()
    {
        Generation generation = Active;
        _frozen.Add(generation);
        Active = new Generation((byte)(generation.Number + 1));
        return generation;
    }

    /// <summary>Turns records of the oldest frozen generation, which is in a run now, clean or
    /// free.</summary>
    /// <param name="next">The first record to turn; moved on.</param>
    /// <param name="count">How many to turn at most.</param>
    /// <param name="drops">True when memory is short: frees those that nobody has looked up, which costs
    /// less than to search for them later.</param>
    /// <returns>True when all are done and the generation is gone.</returns>
    public bool Release(ref uint next, int count, bool drops)
    {
        Generation generation = _frozen[0];
        generation.IsReleasing = true;
        while (next < generation.Records.Count && count-- > 0)
        {
            RecordHeader* record = generation.Records[next++];
            if (record == null) continue;
            if (RecordKeys.Is(record, RecordStates.Detached)) Allocator.Free(record);
            else if (drops && !RecordKeys.Is(record, RecordStates.Referenced)) Drop(record);
            else RecordKeys.Clear(record, RecordStates.Dirty | RecordStates.CountPending);
        }

        if (next < generation.Records.Count) return false;
        _frozen.RemoveAt(0);
        generation.Dispose();
        return true;
    }

    /// <summary>Puts a copy into the place of a record that is in a slot and not frozen, and that the caller
    /// frees.</summary>
    public void Move(ulong* slot, RecordHeader* record)
    {
        RecordHeader* copy = Allocator.Allocate(Allocator.Capacity(record));
        long bytes = RecordHeader.SizeBytes + record->KeyLength + (long)record->ValueLength;
        Buffer.MemoryCopy(record, copy, bytes, bytes);
        RecordTable.Replace(slot, copy);
        if (IsActive(copy)) Active.Moved(copy, 0);
    }

    /// <summary>True when the record may be changed in place and is in the active generation.</summary>
    public bool IsActive(RecordHeader* record) =>
        RecordKeys.Is(record, RecordStates.Dirty) && record->Generation == Active.Number;

    /// <summary>True when a flush may be reading the record.</summary>
    public bool IsFrozen(RecordHeader* record) =>
        RecordKeys.Is(record, RecordStates.Dirty) && record->Generation != Active.Number;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Generation generation in _frozen) generation.Dispose();
        Active.Dispose();
        Table.Dispose();
        Allocator.Dispose();
    }

    private void Drop(RecordHeader* record)
    {
        ulong hash = RecordTable.HashOf(record);
        Table.Remove(Table.Find(hash, record->Keyspace, RecordKeys.Key(record)), hash);
        Allocator.Free(record);
        DroppedWhenFlushed++;
    }

    // A new record gets no second chance until it is used again. Otherwise records written or read once
    // would displace those in use.
    private static RecordStates UseOf(bool wasHere) => wasHere ? RecordStates.Referenced : 0;

    private static long WithSlack(long needed) =>
        needed + Math.Max(Math.Min(needed, SlackBytesMax), needed / 4);

    private static void MakePresent(RecordHeader* record)
    {
        record->ExpireAt = 0;
        record->Type = (byte)RecordType.String;
        record->Encoding = (byte)StringEncoding.Raw;
        record->Frequency = FirstFrequency;
    }

    private static void Inherit(RecordHeader* record, RecordHeader* old, bool present, bool wasActive)
    {
        record->State = wasActive ? (byte)(old->State & (byte)RecordStates.CountPending) : (byte)0;
        if (!present) return;
        record->ExpireAt = old->ExpireAt;
        record->Type = old->Type;
        record->Encoding = old->Encoding;
        record->Frequency = old->Frequency;
    }

    // Pages of a new allocation take no memory until they are written.
    private void ClearBehind(RecordHeader* record, int length, long needed)
    {
        long used = Math.Min(Allocator.Used(record), needed) - RecordHeader.SizeBytes - record->KeyLength;
        if (used > length) RecordKeys.Value(record)[length..(int)used].Clear();
        RecordAllocator.Use(record, needed);
    }

    // Zeros of a long value are there already, in memory that takes no room before it is written.
    private static void CopyToFresh(ReadOnlySpan<byte> value, RecordHeader* record)
    {
        Span<byte> to = RecordKeys.Value(record);
        if (!RecordAllocator.UseOnly(record, RecordHeader.SizeBytes + record->KeyLength + (long)value.Length))
        {
            value.CopyTo(to);
            return;
        }

        for (int at = 0; at < value.Length; at += CopiedBytes)
        {
            ReadOnlySpan<byte> piece = value.Slice(at, Math.Min(CopiedBytes, value.Length - at));
            if (piece.IndexOfAnyExcept((byte)0) >= 0) piece.CopyTo(to[at..]);
        }
    }

    private bool Fits(RecordHeader* record, long needed)
    {
        long capacity = Allocator.Capacity(record);
        return capacity >= needed && (capacity <= 2 * needed || capacity <= 128);
    }

    private RecordHeader* Allocate(long bytes, uint keyspace, ReadOnlySpan<byte> key, int valueLength)
    {
        RecordHeader* record = Allocator.Allocate(bytes);
        record->Keyspace = keyspace;
        record->KeyLength = (ushort)key.Length;
        record->ValueLength = valueLength;
        record->ExpireAt = 0;
        record->Frequency = FirstFrequency;
        key.CopyTo(new Span<byte>(record + 1, key.Length));
        return record;
    }

    // The new record takes the old one's place in the table and in the active generation.
    private void Supersede(ulong* slot, ulong hash, RecordHeader* old, RecordHeader* record)
    {
        if (old == null) Table.Insert(hash, record);
        else RecordTable.Replace(slot, record);
        if (old != null && IsActive(old))
            Active.Replace(old, Allocator.Capacity(old), record, Allocator.Capacity(record));
        else
            Active.Add(record, Allocator.Capacity(record));
    }
}
