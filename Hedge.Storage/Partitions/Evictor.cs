using Hedge.Storage.Records;

namespace Hedge.Storage.Partitions;

/// <summary>
/// Drops clean records when the partition's memory exceeds its share: a CLOCK hand over the table, a little
/// after every command that took memory. Records of dead keyspaces go first, wherever the hand meets them.
/// </summary>
internal sealed class Evictor(Partition partition)
{
    private const int SlotsPerStep = 16;
    private const int SlotsPerCommand = 512;
    private const int SlotsPerSweep = 2048;

    private TablePosition _hand;
    private TablePosition _sweep;
    private bool _sweeps;
    private long _drop;

    /// <summary>Records dropped so far.</summary>
    public long Evicted { get; private set; }

    /// <summary>Begins to reclaim the memory of keyspaces that have died.</summary>
    public void SweepDead()
    {
        _sweep = default;
        _sweeps = true;
    }

    /// <summary>Goes on until the partition is within its share or has done enough for now.</summary>
    /// <returns>True when it is within its share, or nothing can be dropped.</returns>
    public bool Evict(int slots = SlotsPerCommand)
    {
        RecordMemory memory = partition.Memory;
        long budget = partition.Settings.CacheBytes;
        if (memory.Bytes <= budget || memory.CleanBytes <= 0) return true;
        Visitor visitor = new(partition, true);
        for (int i = 0; i < slots && memory.Bytes > budget; i += SlotsPerStep)
            memory.Table.Walk(ref _hand, SlotsPerStep, ref visitor);
        Evicted += visitor.Dropped;
        return memory.Bytes <= budget;
    }

    /// <summary>Drops every clean record, so that what is read next comes from disk.</summary>
    internal void DropAll()
    {
        Visitor visitor = new(partition, true);
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
        TryDrop();
        if (!_sweeps) return;
        Visitor visitor = new(partition, false);
        _sweeps = partition.Memory.Table.Walk(ref _sweep, SlotsPerSweep, ref visitor);
    }

    // Not while a flushed generation is still being turned clean: its records would stay. One that the disk
    // does not take stays anyway.
    private void TryDrop()
    {
        EngineShared shared = partition.Settings.Shared;
        long drop = shared.Drop;
        if (drop == _drop || (partition.Memory.Frozen.Count > 0 && !partition.Flusher.IsStuck)) return;
        DropAll();
        _drop = drop;
        shared.DropDone(partition.Index, drop);
    }

    // SAFETY: the table shows live records; one that is freed here is taken out of the table by the walk.
    private unsafe struct Visitor(Partition partition, bool evicts) : ITableVisitor
    {
        private readonly RecordMemory _memory = partition.Memory;
        private readonly Keyspaces _keyspaces = partition.Keyspaces;

        public long Dropped { get; private set; }

        public bool Visit(RecordHeader* record)
        {
            bool isDead = !_keyspaces.IsLive(record->Keyspace);
            if (RecordKeys.Is(record, RecordStates.Dirty))
            {
                if (!isDead || _memory.IsFrozen(record)) return false;
                _memory.Active.Drop(record, _memory.Allocator.Capacity(record));
            }
            else if (!isDead)
            {
                if (!evicts) return false;
                if (RecordKeys.Is(record, RecordStates.Referenced))
                {
                    RecordKeys.Clear(record, RecordStates.Referenced);
                    return false;
                }
            }

            _memory.Allocator.Free(record);
            Dropped++;
            return true;
        }
    }
}
