using Hedge.Storage.Caches;
using Hedge.Storage.Keys;
using Hedge.Storage.Memtables;
using Hedge.Storage.Records;

namespace Hedge.Storage.Cores;

/// <summary>
/// Drops clean records from memory when the partition's memory exceeds its share; they stay on disk.
/// Records of dead keyspaces are dropped wherever they are met.
/// </summary>
/// <remarks>
/// 1. When the records and the free space between them exceed the share, a CLOCK hand moves over the table,
///    a few steps after every command that took memory.
/// 2. When the memory held exceeds the share by a 32nd, the emptiest chunks are closed and emptied until it
///    exceeds the share no more, so that memory goes back to the system at once. Records that are in use or
///    dirty move to another chunk, clean ones that are not in use are dropped, and those being flushed stay
///    until they are flushed.
/// </remarks>
internal sealed class MemoryReclaimer(PartitionState partition)
{
    private const int SlotsPerStep = 16;
    private const int SlotsPerCommand = 512;
    private const int SlotsPerSweep = 2048;
    private const int RecordsPerEmptying = 1024;

    // A 32nd of the share is kept free, and what lies free between records up to another and a chunk.
    private const int LooseDivisor = 32;
    private const int OverDivisor = 32;
    private const int ClosedDivisor = 4;

    // So many ticks after no chunk was worth emptying, it is looked for another time.
    private const int TicksInVain = 50;

    // With fewer chunks a partition's memory is counted, and given back, in smaller parts.
    private const int ChunksMany = 4;

    // Of all partitions together, whose number is a power of two.
    private const int GhostCount = 128 * 1024;
    private const int GhostCountMin = 256;

    private TablePosition _hand;
    private TablePosition _sweep;
    private bool _sweeps;
    private bool _empties;
    private bool _isOver;
    private int _ticksToWait;
    private long _drop;

    /// <summary>The records dropped last.</summary>
    public Ghosts Ghosts { get; } =
        new(Math.Max(GhostCountMin, GhostCount / partition.Settings.Shared.Partitions));

    /// <summary>Records dropped so far.</summary>
    public long Evicted { get; private set; }

    /// <summary>Begins to reclaim the memory of keyspaces that have died.</summary>
    public void SweepDead()
    {
        _sweep = default;
        _sweeps = true;
        partition.Buried.BeginSweep();
    }

    /// <summary>True when another full generation would exceed the share. Then flushed records are dropped
    /// at once, which costs less than to search for them later.</summary>
    public bool IsShort => partition.Memory.Bytes + partition.MemtableBytes > BudgetBytes;

    /// <summary>Goes on until the partition is within its share or has done enough for now.</summary>
    /// <returns>True when it is within its share, or nothing can be dropped.</returns>
    public bool Evict(int slots = SlotsPerCommand)
    {
        RecordMemory memory = partition.Memory;
        long budget = BudgetBytes;
        if (memory.Bytes <= budget || memory.CleanBytes <= 0) return true;
        Visitor visitor = new(partition, Drops.Unused);
        for (int i = 0; i < slots && memory.Bytes > budget; i += SlotsPerStep)
            memory.Table.Walk(ref _hand, SlotsPerStep, ref visitor);
        Evicted += visitor.Dropped;
        return memory.Bytes <= budget;
    }

    /// <summary>Drops every clean record, so that what is read next comes from disk.</summary>
    internal void DropAll()
    {
        Visitor visitor = new(partition, Drops.Unused);
        for (int round = 0; round < 2; round++)
        {
            TablePosition position = default;
            while (partition.Memory.Table.Walk(ref position, SlotsPerSweep, ref visitor))
            {
            }
        }
    }

    /// <summary>Does a part of the sweep for dead keyspaces, and of the eviction.</summary>
    public void Tick(CoreStorage core)
    {
        partition.Memory.Allocator.IsLittle = partition.RecordShareBytes < ChunksMany * ChunkArena.ChunkBytes;
        Evict();
        if (TryEmpty()) core.WantTick(partition);
        TryDrop();
        if (!_sweeps && !partition.Buried.IsEmpty) SweepDead();
        if (!_sweeps) return;
        Visitor visitor = new(partition, Drops.Dead);
        _sweeps = partition.Memory.Table.Walk(ref _sweep, SlotsPerSweep, ref visitor);
        if (!_sweeps) partition.Buried.EndSweep();
    }

    private long BudgetBytes
    {
        get
        {
            long share = partition.RecordShareBytes;
            return Math.Max(share / 2, share - Math.Clamp(LooseBytes, share / LooseDivisor, LooseMax(share)));
        }
    }

    // The pages of the first chunk are taken one by one, as they are used.
    private long LooseBytes
    {
        get
        {
            RecordAllocator allocator = partition.Memory.Allocator;
            long held = allocator.BytesHeld;
            return held <= ChunkArena.ChunkBytes ? 0 : held - allocator.BytesInUse;
        }
    }

    private static long LooseMax(long share) => (share / LooseDivisor) + ChunkArena.ChunkBytes;

    // A slice of emptying closed chunks, and the choice of the next ones to close. True when more is to be
    // done at once.
    private bool TryEmpty()
    {
        RecordAllocator allocator = partition.Memory.Allocator;
        if (!_empties)
        {
            long share = partition.RecordShareBytes;
            // With less between the records, what stays would only move to a new chunk.
            long excess = LooseBytes > LooseMax(share) ? partition.Memory.HeldBytes - share : 0;
            _isOver = excess > (_isOver ? 0 : share / OverDivisor);
            if (!_isOver) excess = 0;
            long closed = allocator.ClosedChunks.Count;
            if (excess <= 0 && closed == 0) return false;
            long most = allocator.BytesHeld / ChunkArena.ChunkBytes / ClosedDivisor;
            long wanted = Math.Min(most, (excess / ChunkArena.ChunkBytes) + 1) - closed;
            if (excess > 0 && wanted > 0 && --_ticksToWait < 0 && allocator.CloseEmptiest((int)wanted) == 0)
                _ticksToWait = TicksInVain;
        }

        Emptier emptier = new(partition);
        _empties = allocator.VisitClosed(RecordsPerEmptying, ref emptier);
        Evicted += emptier.Dropped;
        return emptier.Emptied > 0;
    }

    // Not while the records of a flushed generation are still turning clean: they would stay. A generation
    // that the disk does not take stays anyway.
    private void TryDrop()
    {
        EngineShared shared = partition.Settings.Shared;
        long drop = shared.Drops.Latest;
        if (drop == _drop || (partition.Memory.Frozen.Count > 0 && !partition.IsStuck)) return;
        DropAll();
        _drop = drop;
        shared.Drops.Done(partition.Index, drop);
    }

    private enum Drops
    {
        Dead,
        Unused,
    }

    // SAFETY: the table shows live records; one that is freed here is taken out of the table by the walk.
    private unsafe struct Visitor(PartitionState partition, Drops drops) : IRecordVisitor
    {
        private readonly Ghosts _ghosts = partition.Reclaimer.Ghosts;
        private readonly RecordMemory _memory = partition.Memory;
        private readonly Keyspaces _keyspaces = partition.Keyspaces;

        public long Dropped { get; private set; }

        public bool Visit(RecordHeader* record)
        {
            bool isDead = !_keyspaces.IsLive(record->Keyspace)
                || (drops == Drops.Dead && partition.Buried.Covers(record));
            if (RecordKeys.Is(record, RecordStates.Dirty))
            {
                if (!isDead || _memory.IsFrozen(record)) return false;
                _memory.Active.Drop(record, _memory.Allocator.Capacity(record));
            }
            else if (!isDead)
            {
                if (drops == Drops.Dead || partition.Pins.Keeps(record)) return false;
                if (RecordKeys.Is(record, RecordStates.Referenced))
                {
                    RecordKeys.Clear(record, RecordStates.Referenced);
                    return false;
                }
            }

            if (drops == Drops.Unused && !isDead) _ghosts.Remember(RecordTable.HashOf(record));
            _memory.Allocator.Free(record);
            Dropped++;
            return true;
        }
    }

    // SAFETY: the allocator shows live records, and frees one when this has taken it out of the table or put
    // its copy there.
    private unsafe struct Emptier(PartitionState partition) : IRecordVisitor
    {
        private readonly Ghosts _ghosts = partition.Reclaimer.Ghosts;
        private readonly RecordMemory _memory = partition.Memory;

        public long Dropped { get; private set; }

        public long Emptied { get; private set; }

        public bool Visit(RecordHeader* record)
        {
            if (_memory.IsFrozen(record)) return false;
            Emptied++;
            ulong hash = RecordTable.HashOf(record);
            ulong* slot = _memory.Table.Find(hash, record->Keyspace, RecordKeys.Key(record));
            Invariant.Check(slot != null && RecordTable.RecordAt(slot) == record,
                "what is not being flushed stands in the table");
            if (RecordKeys.Is(record, RecordStates.Dirty | RecordStates.Referenced)
                || partition.Pins.Keeps(record))
            {
                _memory.Move(slot, record);
                return true;
            }

            _ghosts.Remember(hash);
            _memory.Table.Remove(slot, hash);
            Dropped++;
            return true;
        }
    }
}
