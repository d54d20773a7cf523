using Hedge.Storage.Caches;
using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Expiries;
using Hedge.Storage.Keys;
using Hedge.Storage.Memtables;
using Hedge.Storage.Merges;
using Hedge.Storage.Pages;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Scans;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Evictions;

/// <summary>
/// Deletes keys by the eviction policy, from memory and disk, when the live data exceeds its part of the
/// disk limit. The owner's tick does a part of it.
/// </summary>
/// <remarks>
/// 1. Each count of <see cref="DiskLimit"/> gives the partition a quota of bytes.
/// 2. Keys that are on disk only have been used less recently and less often than keys in memory. So for
///    the policies lru and lfu the evictor reads random stretches of the runs and deletes the keys there
///    that are not in memory. When it finds none, it deletes the best of some records in memory.
/// 3. Policies for keys with an expiry take stretches of the runs' expiry index instead and look each key up.
///    Volatile-ttl goes through the index in the order of time, and through the heaps of what is not flushed.
/// 4. An entry of a run stands for its key when the key is not in memory, no newer run's filter knows it and
///    nothing newer removes ranges. Else the key is looked up, from disk if need be.
/// </remarks>
// SAFETY: a generation's list holds live records; keys are copied before their records go.
internal sealed unsafe class KeyEvictor : IBlockWaiter, IDisposable
{
    private const int KeysPerTick = 1024;
    private const int RoundsPerTick = 128;
    private const int StretchBlocks = 32;
    private const int DueMax = 256;
    private const int ResidentPerRound = 16;
    private const int EmptyMax = 32;
    private const int ResidentBlockWeight = 8;
    private const int ResidentRoundsMax = 4;
    private const int FruitlessMax = 20;

    private readonly KeyStore _partition;
    private readonly DiskLimit _limit;
    private readonly BlockSampler _blocks;
    private readonly BlockSampler _index;
    private readonly ExpiryCursors _cursors;
    private readonly ResidentSample _resident;
    private readonly BlockWalker _walker = new();
    private readonly Queue<Due> _due = new();
    private readonly DiskShare _share;
    private CoreStorage? _core;
    private long _version = -1;
    private long _quota;
    private long _horizon;
    private int _reading;
    private bool _hasDamage;
    private int _empty;
    private bool _seesResident;
    private int _residentRounds;
    private int _fruitless;
    private int _left;

    public KeyEvictor(KeyStore partition)
    {
        _partition = partition;
        _limit = partition.Settings.Shared.DiskLimit;
        _blocks = new BlockSampler(partition, isIndex: false, StretchBlocks);
        _index = new BlockSampler(partition, isIndex: true, stretch: 2);
        _cursors = new ExpiryCursors(partition);
        _resident = new ResidentSample(partition);
        _share = new DiskShare(partition);
        _share.Tell();
    }

    void IBlockWaiter.BlockLoaded(Run run, BlockLocation location, BlockStatus status)
    {
        _reading--;
        _hasDamage |= status.Outcome == BlockOutcome.Corrupt;
        // What cannot be read waits for the regular tick.
        if (_reading == 0 && status.IsOk) _core?.WantTick(_partition);
    }

    /// <summary>Evicts what is due, up to a bound per tick.</summary>
    public void Tick(CoreStorage core)
    {
        _core = core;
        Tell();
        if (!_limit.Evicts || !core.CanWrite)
        {
            _quota = 0;
            return;
        }

        if (_limit.Version != _version)
        {
            _version = _limit.Version;
            _quota = _limit.ExcessOf(_partition.Index);
        }

        if (_quota <= 0 || _reading > 0) return;
        if (_hasDamage) _cursors.Reset();
        _hasDamage = false;
        _left = KeysPerTick;
        EvictDue(core);
        for (int i = 0; i < RoundsPerTick && _quota > 0 && _left > 0 && _reading == 0
            && !_blocks.IsReading && !_index.IsReading; i++) Round(core);
        EvictDue(core);
        NoteProgress(core);
    }

    /// <summary>Tells the limit what the partition needs now.</summary>
    public void Tell() => _share.Tell();

    /// <summary>All runs of the partition have been merged into one.</summary>
    public void MergedAll() => _share.MergedAll();

    /// <summary>The partition has other runs now.</summary>
    /// <param name="flushed">The generation that became a run; null for a compaction.</param>
    /// <param name="loadedFirst">The earliest time in a run that was loaded; 0 for none.</param>
    public void RunsChanged(Generation? flushed, long loadedFirst = 0)
    {
        if (loadedFirst != 0) _horizon = Math.Min(_horizon, loadedFirst);
        if (flushed is not null && flushed.Expiries.TryPeek(out long first, out _))
            _horizon = Math.Min(_horizon, first);
        _cursors.Reset();
        _blocks.RunsChanged();
        _index.RunsChanged();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _blocks.Dispose();
        _index.Dispose();
        _cursors.Dispose();
    }

    private EvictionPolicy Policy => _limit.Policy;

    private bool IsVolatile => Policy >= EvictionPolicy.VolatileLru;

    private bool IsRandom => Policy is EvictionPolicy.AllKeysRandom or EvictionPolicy.VolatileRandom;

    private void NoteProgress(CoreStorage core)
    {
        bool reads = _reading > 0 || _blocks.IsReading || _index.IsReading;
        bool progressed = _left < KeysPerTick;
        if (progressed) _fruitless = 0;
        else if (!reads) _fruitless++;
        long candidates = 0;
        for (int i = 0; i < _partition.Keyspaces.Databases; i++)
            candidates += IsVolatile ? _partition.ExpiresCount(i) : _partition.Count(i);
        _limit.TellExhausted(_partition.Index, candidates == 0 || _fruitless >= FruitlessMax);
        if (_quota > 0 && progressed && !reads) core.WantTick(_partition);
    }

    private void Round(CoreStorage core)
    {
        if (Policy == EvictionPolicy.VolatileTtl)
        {
            EvictFirst(core);
            return;
        }

        if (_due.Count > DueMax / 2)
        {
            EvictDue(core);
            return;
        }

        BlockSampler sampler = IsVolatile ? _index : _blocks;
        if (_residentRounds == 0 && sampler.TryTake(core, out Run run, out ReadOnlySpan<byte> block))
        {
            int before = _left - _due.Count;
            if (IsVolatile) TakeIndex(core, block);
            else TakeBlock(core, run, block);
            // A block whose keys are deleted already says little about the others.
            _empty = _left - _due.Count < before ? 0 : _empty + (_seesResident ? ResidentBlockWeight : 1);
            if (_empty < EmptyMax) return;
            _empty = 0;
            _residentRounds = ResidentRoundsMax;
            return;
        }

        if (sampler.IsReading) return;
        if (_residentRounds > 0) _residentRounds--;
        EvictResident(core);
    }

    // What a block of a run holds: some of it for a random policy, all that is not in memory for the others.
    private void TakeBlock(CoreStorage core, Run run, ReadOnlySpan<byte> block)
    {
        _walker.Reset();
        _seesResident = false;
        while (_walker.Next(block) && _left > 0 && _quota > 0)
        {
            ReadOnlySpan<byte> key = _walker.Key;
            uint keyspace = InternalKey.Keyspace(key);
            if (keyspace == InternalKey.ExpiryKeyspace) continue;
            RunEntry entry = _walker.Entry(block);
            if (entry.Kind != RunEntryKind.Put) continue;
            if (entry.ExpireAt != 0 && entry.ExpireAt <= core.NowMilliseconds) continue;
            int database = _partition.Keyspaces.DatabaseOf(keyspace);
            if (database < 0 || (IsRandom && (core.Random.Next() & 3) != 0)) continue;
            ReadOnlySpan<byte> userKey = InternalKey.UserKey(key);
            ulong hash = KeyHash.Compute(keyspace, userKey);
            ulong* slot = _partition.Memory.Table.Find(hash, keyspace, userKey);
            bool isResident = slot != null;
            if (isResident && RecordKeys.Is(RecordTable.RecordAt(slot), RecordStates.Absent)) continue;
            _seesResident |= isResident;
            if (isResident && !IsRandom) continue;
            long nodes = LivingCollections.NodesAbout(entry);
            if (isResident || IsNewest(run, hash))
                Evict(core, database, userKey, hash, entry.ExpireAt != 0, nodes);
            else if (_due.Count < DueMax) _due.Enqueue(new Due(keyspace, userKey.ToArray()));
        }
    }

    private void TakeIndex(CoreStorage core, ReadOnlySpan<byte> block)
    {
        _walker.Reset();
        _seesResident = true;
        while (_walker.Next(block) && _due.Count < DueMax)
        {
            ReadOnlySpan<byte> key = _walker.Key;
            if (InternalKey.Keyspace(key) != InternalKey.ExpiryKeyspace) return;
            uint keyspace = InternalKey.ExpiringKeyspace(key);
            if (!_partition.Keyspaces.IsLive(keyspace)) continue;
            if (InternalKey.ExpiryTime(key) <= core.NowMilliseconds) continue;
            if (IsRandom && (core.Random.Next() & 3) != 0) continue;
            ReadOnlySpan<byte> userKey = InternalKey.ExpiringUserKey(key);
            ulong hash = KeyHash.Compute(keyspace, userKey);
            if (!IsRandom && _partition.Memory.Table.Contains(hash, keyspace, userKey)) continue;
            _due.Enqueue(new Due(keyspace, userKey.ToArray()));
        }
    }

    // The key that expires first, in memory or on disk.
    private void EvictFirst(CoreStorage core)
    {
        if (_due.Count >= DueMax)
        {
            EvictDue(core);
            return;
        }

        Generation? earliest = null;
        long time = long.MaxValue;
        Earlier(_partition.Memory.Active, ref earliest, ref time);
        foreach (Generation generation in _partition.Memory.Frozen)
            if (!generation.IsReleasing) Earlier(generation, ref earliest, ref time);
        CursorState state = _cursors.First(core, _horizon, this, ref _reading);
        if (_reading > 0) return;
        if (state == CursorState.Ready && InternalKey.ExpiryTime(_cursors.Key) < time)
        {
            _horizon = Math.Max(_horizon, InternalKey.ExpiryTime(_cursors.Key));
            uint keyspace = InternalKey.ExpiringKeyspace(_cursors.Key);
            if (_partition.Keyspaces.IsLive(keyspace))
                _due.Enqueue(new Due(keyspace, InternalKey.ExpiringUserKey(_cursors.Key).ToArray()));
            _cursors.MoveNext();
        }
        else if (earliest is not null) EvictFirst(core, earliest);
        else EvictResident(core);
    }

    private static void Earlier(Generation generation, ref Generation? earliest, ref long time)
    {
        if (!generation.Expiries.TryPeek(out long first, out _) || first >= time) return;
        earliest = generation;
        time = first;
    }

    private void EvictFirst(CoreStorage core, Generation generation)
    {
        generation.Expiries.TryPeek(out _, out uint index);
        generation.Expiries.RemoveFirst();
        RecordHeader* record = generation.Records[index];
        if (record == null || RecordKeys.Is(record, RecordStates.Detached | RecordStates.Absent)) return;
        if (record->ExpireAt == 0) return;
        Remove(core, record->Keyspace, RecordKeys.Key(record));
    }

    private void EvictResident(CoreStorage core)
    {
        int wanted = Math.Min(ResidentPerRound, _left);
        foreach (ResidentSample.Candidate candidate in
            _resident.Choose(core, Policy, wanted, Math.Max(1, _limit.Samples)))
        {
            if (_quota > 0) Remove(core, candidate.Keyspace, candidate.Key);
        }
    }

    private void EvictDue(CoreStorage core)
    {
        int before = core.Blocks.Misses;
        for (int i = _due.Count; i > 0 && _left > 0 && _quota > 0; i--)
        {
            Due due = _due.Dequeue();
            int database = _partition.Keyspaces.DatabaseOf(due.Keyspace);
            if (database < 0) continue;
            ReadOnlySpan<byte> key = due.Key.Span;
            ulong hash = KeyHash.Compute(due.Keyspace, key);
            int misses = core.Blocks.Misses;
            if (!_partition.TryFind(core, database, key, hash, false, out Record record))
            {
                if (core.Blocks.MissesDamage(misses)) core.Blocks.Forget(misses);
                else _due.Enqueue(due);
            }
            else if (record.Exists && (!IsVolatile || record.ExpireAt != 0))
                Evict(core, database, key, hash, record.ExpireAt != 0);
        }

        _reading += core.Blocks.Load(this, before);
    }

    private bool IsNewest(Run run, ulong hash)
    {
        if (_partition.Memory.HasRemovedRanges) return false;
        foreach (Run newer in _partition.Runs.Newest)
        {
            if (ReferenceEquals(newer, run)) return true;
            if (newer.MayContain(hash) || !newer.Info.Ranges.IsEmpty) return false;
        }

        return false;
    }

    private void Remove(CoreStorage core, uint keyspace, ReadOnlySpan<byte> key)
    {
        int database = _partition.Keyspaces.DatabaseOf(keyspace);
        if (database < 0) return;
        Span<byte> copy = core.KeyScratch.Span[..key.Length];
        key.CopyTo(copy);
        Evict(core, database, copy, KeyHash.Compute(keyspace, copy), false);
    }

    private void Evict(CoreStorage core, int database, ReadOnlySpan<byte> key, ulong hash, bool hadExpiry,
        long nodes = 0)
    {
        nodes = _partition.Writer.Evict(core, database, key, hash, hadExpiry, nodes);
        _quota -= Math.Max(1, (long)((1 + nodes) * _share.EntryBytes));
        _left--;
    }

    /// <summary>A key that is looked up before it goes.</summary>
    private readonly record struct Due(uint Keyspace, ReadOnlyMemory<byte> Key);
}
