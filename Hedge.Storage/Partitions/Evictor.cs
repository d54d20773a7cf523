using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Partitions;

/// <summary>
/// Drops clean records when the partition's memory exceeds its share. Records of dead keyspaces go first,
/// wherever the hand meets them.
/// </summary>
/// <remarks>
/// 1. Records in use above the share, less a little: a CLOCK hand goes over the table, a few steps after
///    every command that took memory.
/// 2. Memory held above the share, because what was freed lies scattered or because the share has become
///    smaller: the chunks with the least in them are closed, and a walk drops what is clean in them. What is
///    dirty stays until it is flushed, and a later walk finds it.
/// </remarks>
internal sealed class Evictor(Partition partition)
{
    private const int SlotsPerStep = 16;
    private const int SlotsPerCommand = 512;
    private const int SlotsPerSweep = 2048;
    private const int SlotsPerEmptying = 16 * 1024;

    // Records in use stay a 32nd below the share, memory held a 64th above it: so much scatter is tolerated.
    private const int InUseDivisor = 32;
    private const int HeldDivisor = 64;
    private const int ClosedDivisor = 4;

    // Of all partitions together, whose number is a power of two.
    private const int GhostCount = 128 * 1024;
    private const int GhostCountMin = 256;

    private TablePosition _hand;
    private TablePosition _sweep;
    private bool _sweeps;
    private TablePosition _emptying;
    private bool _empties;
    private long _drop;

    /// <summary>The records given up last.</summary>
    public Ghosts Ghosts { get; } =
        new(Math.Max(GhostCountMin, GhostCount / partition.Settings.Shared.Partitions));

    /// <summary>Records dropped so far.</summary>
    public long Evicted { get; private set; }

    /// <summary>Begins to reclaim the memory of keyspaces that have died.</summary>
    public void SweepDead()
    {
        _sweep = default;
        _sweeps = true;
    }

    /// <summary>True when records in use would exceed the share with another generation: then what has been
    /// flushed is better dropped at once than searched for later.</summary>
    public bool IsShort => partition.Memory.Bytes + partition.Flusher.MemtableBytes > BudgetBytes;

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

    /// <summary>A slice of a sweep for the dead, and of eviction.</summary>
    public void Tick()
    {
        Evict();
        TryEmpty();
        TryDrop();
        if (!_sweeps) return;
        Visitor visitor = new(partition, Drops.Dead);
        _sweeps = partition.Memory.Table.Walk(ref _sweep, SlotsPerSweep, ref visitor);
    }

    private long BudgetBytes
    {
        get
        {
            long share = partition.Settings.Shared.RecordShareBytes;
            return share - (share / InUseDivisor);
        }
    }

    // A slice of the walk that empties closed chunks, and the choice of the next ones to close.
    private void TryEmpty()
    {
        RecordMemory memory = partition.Memory;
        if (!_empties)
        {
            long share = partition.Settings.Shared.RecordShareBytes;
            long excess = memory.HeldBytes - share - (share / HeldDivisor) - ChunkArena.ChunkBytes;
            if (excess <= 0 && memory.Allocator.ClosedChunks.Count == 0) return;
            long closed = memory.Allocator.ClosedChunks.Count;
            long most = memory.Allocator.BytesHeld / ChunkArena.ChunkBytes / ClosedDivisor;
            long wanted = Math.Min(most, (excess / ChunkArena.ChunkBytes) + 1) - closed;
            if (excess > 0 && wanted > 0) memory.Allocator.CloseEmptiest((int)wanted);
            _emptying = default;
        }

        Visitor visitor = new(partition, Drops.Closed);
        _empties = memory.Table.Walk(ref _emptying, SlotsPerEmptying, ref visitor);
        Evicted += visitor.Dropped;
    }

    // Not while a flushed generation is still being turned clean: its records would stay. One that the disk
    // does not take stays anyway.
    private void TryDrop()
    {
        EngineShared shared = partition.Settings.Shared;
        long drop = shared.Drops.Latest;
        if (drop == _drop || (partition.Memory.Frozen.Count > 0 && !partition.Flusher.IsStuck)) return;
        DropAll();
        _drop = drop;
        shared.Drops.Done(partition.Index, drop);
    }

    private enum Drops
    {
        Dead,
        Unused,
        Closed,
    }

    // SAFETY: the table shows live records; one that is freed here is taken out of the table by the walk.
    private unsafe struct Visitor(Partition partition, Drops drops) : ITableVisitor
    {
        private readonly IReadOnlySet<nint> _closed = partition.Memory.Allocator.ClosedChunks;
        private readonly Ghosts _ghosts = partition.Evictor.Ghosts;
        private readonly RecordMemory _memory = partition.Memory;
        private readonly Keyspaces _keyspaces = partition.Keyspaces;

        public long Dropped { get; private set; }

        public bool Visit(RecordHeader* record)
        {
            if (drops == Drops.Closed && !_closed.Contains(ChunkArena.ChunkOf(record))) return false;
            bool isDead = !_keyspaces.IsLive(record->Keyspace);
            if (RecordKeys.Is(record, RecordStates.Dirty))
            {
                if (!isDead || _memory.IsFrozen(record)) return false;
                _memory.Active.Drop(record, _memory.Allocator.Capacity(record));
            }
            else if (!isDead)
            {
                if (drops == Drops.Dead) return false;
                if (drops == Drops.Unused && RecordKeys.Is(record, RecordStates.Referenced))
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
}
