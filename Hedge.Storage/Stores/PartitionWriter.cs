using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Memtables;
using Hedge.Storage.Ranges;
using Hedge.Storage.Records;

namespace Hedge.Storage.Stores;

/// <summary>
/// Makes the changes of a partition: each in memory, in the counts, in the log and for the watchers. The
/// holder of the partition uses it.
/// </summary>
// SAFETY: a slot is used before the next change of the table, a record before it is replaced or freed.
internal sealed unsafe class PartitionWriter(KeyStore partition)
{
    private const KeyAudience GoneByItself = KeyAudience.Everybody | KeyAudience.Causer;

    private readonly RecordMemory _memory = partition.Memory;
    private readonly Keyspaces _keyspaces = partition.Keyspaces;

    /// <summary>Stores a value.</summary>
    public void Put(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        in RecordContent content)
    {
        core.Changes.EndTrial();
        uint keyspace = _keyspaces.IdOf(database);
        ulong* slot = FindLive(core, database, keyspace, key, hash);
        CountDelta delta = DeltaOf(slot, keyspace, true);
        if (delta == CountDelta.Unknown && IsCounted(core, keyspace, key)) delta = CountDelta.Plus;
        bool hadExpiry = HasExpiry(slot);
        CountExpires(keyspace, hadExpiry, content.ExpireAt != 0);
        KillNodes(core, keyspace, slot);
        core.Changes.Put(partition, keyspace, key, content, Logged(core, keyspace, key, delta), hadExpiry);
        Begin(core, key.Length + content.Value.Length);
        int length = content.Value.Length;
        RecordHeader* record = _memory.Put(slot, hash, keyspace, key, content, FlagsOf(delta));
        if (partition.Settings.Shared.Values.IsLarge(length))
            core.Changes.NotePlace(_memory.Active.Places, record->DirtyIndex, length);
        End(core, database, keyspace, record, delta);
    }

    /// <summary>Gives another key the value and the expiry of a key that was found before. Removes that key,
    /// but not the nodes of its collection: their collection is the other key's now.</summary>
    /// <remarks>A partition that is read from the log may be flushed between any two changes. So the new
    /// root comes first: at any time a key has the collection's number, and no merge takes its nodes for
    /// dead.</remarks>
    public void Rename(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        ReadOnlySpan<byte> target, ulong targetHash)
    {
        RecordHeader* record = RecordTable.RecordAt(FindPresent(_keyspaces.IdOf(database), key, hash));
        RecordContent content = new()
        {
            Value = RecordKeys.Value(record),
            Type = (RecordType)record->Type,
            Encoding = (StringEncoding)record->Encoding,
            ExpireAt = record->ExpireAt,
        };
        partition.TellReaders(core, key);
        Put(core, database, target, targetHash, content);
        Remove(core, database, key, hash, hasNodes: false);
    }

    /// <summary>Removes a key that was found before, or blindly.</summary>
    public void Remove(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash) =>
        Remove(core, database, key, hash, hasNodes: true);

    private void Remove(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, bool hasNodes,
        KeyAudience told = KeyAudience.Everybody)
    {
        core.Changes.EndTrial();
        uint keyspace = _keyspaces.IdOf(database);
        ulong* slot = _memory.Table.Find(hash, keyspace, key);
        CountDelta delta = DeltaOf(slot, keyspace, false);
        if (delta == CountDelta.Unknown && IsCounted(core, keyspace, key)) delta = CountDelta.None;
        if (delta == CountDelta.None) return;
        bool hadExpiry = HasExpiry(slot);
        CountExpires(keyspace, hadExpiry, false);
        if (hasNodes) KillNodes(core, keyspace, slot);
        core.Changes.Remove(partition, keyspace, key, delta, hadExpiry);
        Begin(core, key.Length);
        RecordHeader* record = _memory.Put(slot, hash, keyspace, key, default,
            RecordStates.Absent | FlagsOf(delta));
        End(core, database, keyspace, record, delta, told);
    }

    /// <summary>Sets the expiry of a key that was found before.</summary>
    public void SetExpiry(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, long expireAt)
    {
        core.Changes.EndTrial();
        uint keyspace = _keyspaces.IdOf(database);
        ulong* slot = FindPresent(keyspace, key, hash);
        bool hadExpiry = HasExpiry(slot);
        CountExpires(keyspace, hadExpiry, expireAt != 0);
        core.Changes.SetExpiry(partition, keyspace, key, expireAt, hadExpiry);
        Begin(core, key.Length);
        int length = RecordTable.RecordAt(slot)->ValueLength;
        RecordHeader* record = _memory.Open(slot, hash, keyspace, key, length, true,
            out RecordHeader* replaced);
        _memory.FreeReplaced(replaced, record);
        _memory.SetExpiry(record, expireAt);
        End(core, database, keyspace, record, CountDelta.None);
    }

    /// <summary>Overwrites a part of a string. Clients that watch the key are told only when it
    /// <paramref name="touches"/>.</summary>
    public void WriteRange(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, long offset,
        ReadOnlySpan<byte> bytes, bool touches)
    {
        Invariant.Check(offset >= 0 && offset + bytes.Length <= KeyLimits.ValueBytesMax,
            "a value's length is legal");
        uint keyspace = _keyspaces.IdOf(database);
        ulong* slot = FindLive(core, database, keyspace, key, hash);
        RecordHeader* old = slot == null ? null : RecordTable.RecordAt(slot);
        bool present = old != null && !RecordKeys.Is(old, RecordStates.Absent);
        // The key was looked up. If it is not in memory, the filters have said that it does not exist, or a
        // range delete has removed it.
        CountDelta delta = present ? CountDelta.None : CountDelta.Plus;
        if (old == null && IsUncounted(core, keyspace, key)) delta = CountDelta.Unknown;
        int oldLength = present ? old->ValueLength : 0;
        int length = (int)Math.Max(oldLength, offset + bytes.Length);
        core.Changes.WriteRange(partition, keyspace, key, (int)offset, bytes, length,
            Logged(core, keyspace, key, delta));
        Begin(core, key.Length + bytes.Length);
        bool mayMove = old == null || !bytes.Overlaps(new ReadOnlySpan<byte>(old + 1,
            old->KeyLength + oldLength));
        RecordHeader* record = _memory.Open(slot, hash, keyspace, key, length, mayMove,
            out RecordHeader* replaced);
        bytes.CopyTo(RecordKeys.Value(record)[(int)offset..]);
        _memory.FreeReplaced(replaced, record);
        record->Encoding = (byte)StringEncoding.Raw;
        RecordKeys.Set(record, FlagsOf(delta));
        _memory.Active.Places.Clear(record->DirtyIndex);
        KeyAudience told = touches ? KeyAudience.Everybody : KeyAudience.Nobody;
        End(core, database, keyspace, record, delta, told);
    }

    /// <summary>Replaces some bytes of the value of a key that was found before.</summary>
    /// <returns>Its record.</returns>
    public RecordHeader* Splice(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash,
        int offset, int removed, ReadOnlySpan<byte> inserted, KeyAudience told)
    {
        uint keyspace = _keyspaces.IdOf(database);
        ulong* slot = FindPresent(keyspace, key, hash);
        core.Changes.Splice(partition, keyspace, key, offset, removed, inserted);
        Begin(core, inserted.Length);
        RecordHeader* record = RecordSplice.Apply(_memory, slot, offset, removed, inserted);
        End(core, database, keyspace, record, CountDelta.None, told);
        return record;
    }

    /// <summary>Removes an expired record that is in memory, unless nothing can be logged now.</summary>
    public void Expire(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash)
    {
        if (!core.CanWrite) return;
        long begun = core.Changes.Begun;
        Remove(core, database, key, hash, hasNodes: true, GoneByItself);
        core.Changes.NoteExpired(begun);
        core.Counters.ExpiredKeys++;
        core.ExpirySink?.KeyExpired(database, key);
    }

    /// <summary>Removes a key that exists, for room.</summary>
    /// <param name="core">The owner core.</param>
    /// <param name="database">The database.</param>
    /// <param name="key">The key, not in its record.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="hadExpiry">Whether the key has an expiry, for a key that is not in memory.</param>
    /// <param name="nodes">About how many nodes it has, for a key that is not in memory.</param>
    /// <returns>About how many nodes go with it.</returns>
    public long Evict(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, bool hadExpiry,
        long nodes = 0)
    {
        uint keyspace = _keyspaces.IdOf(database);
        ulong* slot = _memory.Table.Find(hash, keyspace, key);
        CountDelta delta = slot == null ? CountDelta.Minus : DeltaOf(slot, keyspace, false);
        if (delta == CountDelta.None) return 0;
        if (slot != null) hadExpiry = HasExpiry(slot);
        CountExpires(keyspace, hadExpiry, false);
        if (slot != null) nodes = KillNodes(core, keyspace, slot);
        else _keyspaces.Count(keyspace | Keyspaces.NodeBit, -nodes, 0);
        core.Changes.Remove(partition, keyspace, key, delta, hadExpiry);
        Begin(core, 0);
        RecordHeader* record = _memory.Put(slot, hash, keyspace, key, default, RecordStates.Absent);
        End(core, database, keyspace, record, delta, GoneByItself);
        core.Counters.EvictedKeys++;
        core.ExpirySink?.KeyEvicted(database, key);
        return nodes;
    }

    /// <summary>Removes a range of a database's keys.</summary>
    public void RemoveRange(CoreStorage core, int database, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        uint keyspace = _keyspaces.IdOf(database);
        core.Changes.RemoveRange(partition, keyspace, from, to);
        Begin(core, from.Length + to.Length);
        RangeRemoval.Apply(partition, KeyRange.Of(keyspace, from, to));
        core.Touched.Add(partition);
    }

    /// <summary>Gives a database a new keyspace.</summary>
    public void FlushDatabase(CoreStorage core, int database)
    {
        core.Changes.AssignKeyspace(partition, database, _keyspaces.Next);
        Begin(core, 0);
        _keyspaces.Flush(database);
        core.Touched.Add(partition);
    }

    /// <summary>Exchanges the keyspaces of two databases.</summary>
    public void SwapDatabases(CoreStorage core, int first, int second)
    {
        core.Changes.SwapDatabases(partition, first, second);
        Begin(core, 0);
        _keyspaces.Swap(first, second);
        core.Touched.Add(partition);
    }

    /// <summary>Applies a write's change to the counts. What a blind write has replaced is found
    /// later.</summary>
    /// <param name="keyspace">The keyspace.</param>
    /// <param name="record">The record written.</param>
    /// <param name="delta">The change; unknown for a blind write.</param>
    public void Count(uint keyspace, RecordHeader* record, CountDelta delta)
    {
        bool isRemoval = RecordKeys.Is(record, RecordStates.Absent);
        if (delta == CountDelta.Plus) _keyspaces.Count(keyspace, 1, 0);
        else if (delta == CountDelta.Minus || (delta == CountDelta.Unknown && isRemoval))
            _keyspaces.Count(keyspace, -1, 0);
        if (delta == CountDelta.Unknown) _memory.Active.CountsPending++;
    }

    /// <summary>Counts a key that gets or loses its expiry, as far as its old expiry is known.</summary>
    /// <param name="keyspace">The keyspace.</param>
    /// <param name="had">True when the replaced record is known to have an expiry.</param>
    /// <param name="has">True when the new record has one.</param>
    public void CountExpires(uint keyspace, bool had, bool has)
    {
        if (had != has) _keyspaces.Count(keyspace, 0, has ? 1 : -1);
    }

    // With a collection's key go its nodes. Those of a key that is not in memory are left to the merges
    // (LivingCollections).
    // Tells about how many nodes that are.
    private long KillNodes(CoreStorage core, uint keyspace, ulong* slot)
    {
        if (slot == null) return 0;
        RecordHeader* record = RecordTable.RecordAt(slot);
        if (record->Type == (byte)RecordType.String || RecordKeys.Is(record, RecordStates.Absent)) return 0;
        ReadOnlySpan<byte> root = RecordKeys.Value(record);
        ulong collection = RootFormat.Collection(root);
        if (collection == 0) return 0;
        long nodes = RootFormat.NodesAbout(root);
        _keyspaces.Count(keyspace | Keyspaces.NodeBit, -nodes, 0);
        partition.Nodes.Kill(core, keyspace | Keyspaces.NodeBit, collection);
        return nodes;
    }

    private static bool HasExpiry(ulong* slot) => slot != null && RecordTable.RecordAt(slot)->ExpireAt != 0;

    private static RecordStates FlagsOf(CountDelta delta) =>
        delta == CountDelta.Unknown ? RecordStates.CountPending : RecordStates.None;

    /// <summary>A change that has been logged takes its number.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="userBytes">Bytes of it that are the user's.</param>
    internal void Begin(CoreStorage core, int userBytes)
    {
        partition.Sequence++;
        core.Counters.Changes++;
        core.Counters.UserBytes += userBytes;
        _memory.NowSeconds = core.NowSeconds;
    }

    private void End(CoreStorage core, int database, uint keyspace, RecordHeader* record, CountDelta delta,
        KeyAudience told = KeyAudience.Everybody)
    {
        Count(keyspace, record, delta);
        if (told != KeyAudience.Nobody) partition.Touch(core, database, RecordKeys.Key(record), told);
        core.Touched.Add(partition);
    }

    // The change of the number of keys by a write. A key that is not in memory may be in the runs. Their
    // filters are checked at the flush and not here, where each would cost a cache miss. Dirty and frozen
    // records are in memory, so they are known.
    private CountDelta DeltaOf(ulong* slot, uint keyspace, bool exists)
    {
        if (slot == null && partition.Runs.MayHold(keyspace)) return CountDelta.Unknown;
        bool existed = slot != null && !RecordKeys.Is(RecordTable.RecordAt(slot), RecordStates.Absent);
        return existed == exists ? CountDelta.None : exists ? CountDelta.Plus : CountDelta.Minus;
    }

    // A range tombstone of the active generation counts the keys beneath it that have no entry in that
    // generation. A write to such a key makes an entry. What the write replaces beneath the tombstone is
    // then unknown, unless the tombstone was counted with the key already.
    private bool IsUncounted(CoreStorage core, uint keyspace, ReadOnlySpan<byte> key)
    {
        KeyRanges uncounted = _memory.Active.Ranges.Uncounted;
        return uncounted.Count > 0 && uncounted.Covers(KeyOf(core, keyspace, key));
    }

    private bool IsCounted(CoreStorage core, uint keyspace, ReadOnlySpan<byte> key)
    {
        RangeTombstones ranges = _memory.Active.Ranges;
        if (ranges.IsEmpty) return false;
        ReadOnlySpan<byte> internalKey = KeyOf(core, keyspace, key);
        return ranges.Covered.Covers(internalKey) && !ranges.Uncounted.Covers(internalKey);
    }

    // A replay has range tombstones that are not counted, maybe of other generations. It decides itself
    // which of the keys written after them were known to be absent.
    private CountDelta Logged(CoreStorage core, uint keyspace, ReadOnlySpan<byte> key, CountDelta delta)
    {
        if (delta != CountDelta.Plus) return delta;
        if (!_memory.HasRemovedRanges) return delta;
        return _memory.IsRemoved(KeyOf(core, keyspace, key)) ? CountDelta.Unknown : delta;
    }

    private static ReadOnlySpan<byte> KeyOf(CoreStorage core, uint keyspace, ReadOnlySpan<byte> key)
    {
        Span<byte> internalKey = core.Blocks.KeyScratch.Span;
        return internalKey[..InternalKey.Write(internalKey, keyspace, key)];
    }

    // An expired record that no command has found is removed first, so that its expiry is a separate event.
    private ulong* FindLive(CoreStorage core, int database, uint keyspace, ReadOnlySpan<byte> key, ulong hash)
    {
        ulong* slot = _memory.Table.Find(hash, keyspace, key);
        if (slot == null) return null;
        RecordHeader* record = RecordTable.RecordAt(slot);
        if (record->ExpireAt != 0 && record->ExpireAt <= core.NowMilliseconds)
            Expire(core, database, key, hash);
        return slot;
    }

    private ulong* FindPresent(uint keyspace, ReadOnlySpan<byte> key, ulong hash)
    {
        ulong* slot = _memory.Table.Find(hash, keyspace, key);
        Invariant.Check(slot != null && !RecordKeys.Is(RecordTable.RecordAt(slot), RecordStates.Absent),
            "the key was found in this run of the command");
        return slot;
    }
}
