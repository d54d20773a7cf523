using Hedge.Storage.Caches;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Memtables;
using Hedge.Storage.Pages;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Expiries;

/// <summary>
/// Removes keys and fields of hashes when they expire, whether anybody looks them up or not. The owner's
/// tick.
/// </summary>
/// <remarks>
/// 1. Unflushed records: the heaps of their generations.
/// 2. Flushed ones: the runs' expiry indices, of which a cursor per run stands on the next entry, so that its
///    block is read ahead. Entries that are due become <see cref="DueKey"/>s, and each key is looked up (from
///    disk if need be): the look-up removes what has expired. An entry whose record says something else is
///    stale and dropped. The entry of a hash has the time of its first field when that is earlier.
/// 3. A hash whose fields are due is a <see cref="DueKey"/> as well, until all of them are gone: very many
///    are removed in steps, between which commands run.
/// 4. The horizon is the time up to which the index entries have been dealt with; it goes into the manifest
///    with the removals themselves, and the next start and compactions begin there.
/// </remarks>
internal sealed class Expirer(KeyStore partition) : IBlockWaiter, IDisposable
{
    private const int RecordsPerTick = 400;
    private const int DueMax = 256;
    private const long RetryMilliseconds = 1000;

    private readonly ExpiryCursors _cursors = new(partition);
    private readonly Queue<DueKey> _due = new();
    private readonly Queue<DueKey> _dueHashes = new();
    private CoreStorage? _core;
    private long _position = partition.Files.Manifest.ExpiryHorizon;
    private int _reading;
    private bool _hasFailed;
    private long _retryAt;
    private bool _hasDamage;

    /// <summary>Estimates how long the keys have to live.</summary>
    public ExpiryAverages Averages { get; } = new(partition);

    /// <summary>Index entries before this time (Unix milliseconds) have been dealt with.</summary>
    public long Horizon
    {
        get
        {
            long horizon = _position;
            foreach (DueKey due in _due) horizon = Math.Min(horizon, due.ExpireAt);
            foreach (DueKey due in _dueHashes) horizon = Math.Min(horizon, due.ExpireAt);
            // What is not flushed gets index entries later.
            horizon = Math.Min(horizon, partition.Memory.Active.FirstExpiry);
            foreach (Generation generation in partition.Memory.Frozen)
                if (!generation.IsReleasing) horizon = Math.Min(horizon, generation.FirstExpiry);
            return horizon;
        }
    }

    void IBlockWaiter.BlockLoaded(Run run, BlockLocation location, BlockStatus status)
    {
        _reading--;
        _hasFailed |= !status.IsOk;
        _hasDamage |= status.Outcome == BlockOutcome.Corrupt;
        if (_reading == 0 && _dueHashes.Count > 0) _core?.WantTick(partition);
    }

    /// <summary>Removes expired keys, up to a bound per tick.</summary>
    public void Tick(CoreStorage core)
    {
        Averages.Tick(core);
        if (!partition.Settings.Shared.IsExpiryActive || !core.CanWrite) return;
        ExpireGeneration(core, partition.Memory.Active);
        CollectHashes(core, partition.Memory.Active);
        foreach (Generation generation in partition.Memory.Frozen)
        {
            if (generation.IsReleasing) continue;
            ExpireGeneration(core, generation);
            CollectHashes(core, generation);
        }

        if (_hasDamage) _cursors.Reset();
        _hasDamage = false;
        if (_hasFailed) _retryAt = core.SteadyMilliseconds + RetryMilliseconds;
        _hasFailed = false;
        if (_reading > 0 || core.SteadyMilliseconds < _retryAt) return;
        _core = core;
        ExpireHashes(core);
        ExpireDue(core);
        if (_due.Count == 0) CollectDue(core);
        if (_due.Count > 0) ExpireDue(core);
    }

    /// <summary>The partition has other runs now: the cursors are opened anew from the horizon on.</summary>
    /// <param name="flushed">The generation that became a run; null for a compaction.</param>
    /// <param name="loadedFirst">The earliest time in a run that was loaded; 0 for none.</param>
    public void RunsChanged(Generation? flushed, long loadedFirst = 0)
    {
        _position = Horizon;
        if (loadedFirst != 0) _position = Math.Min(_position, loadedFirst);
        if (flushed is not null) _position = Math.Min(_position, flushed.FirstExpiry);
        _cursors.Reset();
        _due.Clear();
        Averages.RunsChanged();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cursors.Dispose();
        Averages.Dispose();
    }

    // SAFETY: a generation's list holds live records only; Look copies the key before the record may go.
    private unsafe void ExpireGeneration(CoreStorage core, Generation generation)
    {
        for (int i = RecordsPerTick * core.Upkeep.ExpiryEffort; i > 0; i--)
        {
            if (!generation.Expiries.TryPeek(out long time, out uint index) || time > core.NowMilliseconds)
                return;
            generation.Expiries.RemoveFirst();
            RecordHeader* record = generation.Records[index];
            if (record == null || RecordKeys.Is(record, RecordStates.Detached | RecordStates.Absent))
                continue;
            if (record->ExpireAt == 0) continue;
            if (record->ExpireAt > core.NowMilliseconds) generation.Expiries.Add(record->ExpireAt, index);
            else Look(core, record->Keyspace, RecordKeys.Key(record));
        }
    }

    // SAFETY: as above; the key is copied.
    private unsafe void CollectHashes(CoreStorage core, Generation generation)
    {
        while (_dueHashes.Count < DueMax && generation.FieldExpiries.TryPeek(out long time, out uint index)
            && time <= core.NowMilliseconds)
        {
            generation.FieldExpiries.RemoveFirst();
            RecordHeader* record = generation.Records[index];
            if (record == null || RecordKeys.Is(record, RecordStates.Detached | RecordStates.Absent))
                continue;
            long earliest = RecordKeys.EarliestField(record);
            // Another entry has the new time.
            if (earliest == 0 || earliest > core.NowMilliseconds) continue;
            _dueHashes.Enqueue(new DueKey(earliest, record->Keyspace, RecordKeys.Key(record).ToArray()));
        }
    }

    // The rest of a very large hash waits for the next turn, and so do further hashes after very many fields.
    private void ExpireHashes(CoreStorage core)
    {
        int before = core.Blocks.Misses;
        long end = core.Counters.ExpiredFields + partition.Fields.FieldsPerStep;
        for (int i = _dueHashes.Count; i > 0 && core.Counters.ExpiredFields < end; i--)
        {
            DueKey due = _dueHashes.Dequeue();
            int database = partition.Keyspaces.DatabaseOf(due.Keyspace);
            if (database < 0) continue;
            ReadOnlySpan<byte> key = due.Key.Span;
            ulong hash = KeyHash.Compute(due.Keyspace, key);
            int misses = core.Blocks.Misses;
            if (partition.TryExpireSome(core, database, key, hash, out bool isDone) && isDone) continue;
            if (core.Blocks.MissesDamage(misses)) core.Blocks.Forget(misses);
            else _dueHashes.Enqueue(due);
        }

        int read = core.Blocks.Load(this, before);
        _reading += read;
        // While writers are slowed, the regular ticks are enough.
        bool isFree = partition.Throttle is { BytesPerSecond: 0, HasRoom: true };
        if (_dueHashes.Count > 0 && read == 0 && isFree) core.WantTick(partition);
    }

    // A look-up removes an expired record. The key must not lie in the record removed.
    private bool Look(CoreStorage core, uint keyspace, ReadOnlySpan<byte> key)
    {
        int database = partition.Keyspaces.DatabaseOf(keyspace);
        if (database < 0) return true;
        Span<byte> copy = core.KeyScratch.Span[..key.Length];
        key.CopyTo(copy);
        return partition.TryFind(core, database, copy, KeyHash.Compute(keyspace, copy), false, out _);
    }

    private void ExpireDue(CoreStorage core)
    {
        int before = core.Blocks.Misses;
        for (int i = _due.Count; i > 0; i--)
        {
            DueKey due = _due.Dequeue();
            int misses = core.Blocks.Misses;
            if (!Look(core, due.Keyspace, due.Key.Span))
            {
                // A key in a damaged block answers an error anyway, and others need not wait for it.
                if (core.Blocks.MissesDamage(misses)) core.Blocks.Forget(misses);
                else _due.Enqueue(due);
            }
            else if (HasDueFields(core, due)) _dueHashes.Enqueue(due);
        }

        _reading += core.Blocks.Load(this, before);
    }

    // SAFETY: the record is looked at before the next change of the table.
    private unsafe bool HasDueFields(CoreStorage core, in DueKey due)
    {
        ReadOnlySpan<byte> key = due.Key.Span;
        ulong* slot = partition.Memory.Table.Find(KeyHash.Compute(due.Keyspace, key), due.Keyspace, key);
        if (slot == null) return false;
        long earliest = RecordKeys.EarliestField(RecordTable.RecordAt(slot));
        return earliest != 0 && earliest <= core.NowMilliseconds;
    }

    private void CollectDue(CoreStorage core)
    {
        while (_due.Count < DueMax * core.Upkeep.ExpiryEffort)
        {
            CursorState state = _cursors.First(core, _position, this, ref _reading);
            if (state == CursorState.NeedsBlock) return;
            bool isThere = state == CursorState.Ready;
            long time = isThere ? InternalKey.ExpiryTime(_cursors.Key) : long.MaxValue;
            _position = Math.Max(_position, Math.Min(time, core.NowMilliseconds));
            if (!isThere || time > core.NowMilliseconds) return;
            uint keyspace = InternalKey.ExpiringKeyspace(_cursors.Key);
            if (partition.Keyspaces.IsLive(keyspace))
            {
                byte[] key = InternalKey.ExpiringUserKey(_cursors.Key).ToArray();
                _due.Enqueue(new DueKey(time, keyspace, key));
            }

            _cursors.MoveNext();
        }
    }

    /// <summary>A key whose time in the index has come.</summary>
    private readonly record struct DueKey(long ExpireAt, uint Keyspace, ReadOnlyMemory<byte> Key);
}
