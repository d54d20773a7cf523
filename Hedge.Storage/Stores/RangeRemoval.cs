using Hedge.Storage.Keys;
using Hedge.Storage.Memtables;
using Hedge.Storage.Ranges;
using Hedge.Storage.Records;

namespace Hedge.Storage.Stores;

/// <summary>Removes a range of a partition's keys: from memory, and from the runs by a range
/// tombstone.</summary>
/// <remarks>
/// 1. Clean records leave the table. The runs hold them, and the tombstone removes them there.
/// 2. Records that are not in a run yet become tombstones of the active generation. So the range tombstone
///    concerns only the runs, and its keys can be counted in the runs alone.
/// 3. The active generation takes the range tombstone. The cost is one walk over the partition's records in
///    memory.
/// </remarks>
internal static unsafe class RangeRemoval
{
    private const int SlotsPerStep = 4096;

    /// <summary>Removes the range; nothing is logged.</summary>
    public static void Apply(KeyStore partition, KeyRange range)
    {
        RecordTable table = partition.Memory.Table;
        // Nothing is removed during the walk, because then the walk could show some records twice.
        Visitor visitor = new(range);
        TablePosition position = default;
        while (table.Walk(ref position, SlotsPerStep, ref visitor))
        {
        }

        foreach (nint record in visitor.Clean) Forget(partition.Memory, (RecordHeader*)record);
        foreach (nint record in visitor.Unflushed) Bury(partition, (RecordHeader*)record);
        partition.Memory.Delete(range);
    }

    // SAFETY: the record is live and in the table; it is not used after it has been freed.
    private static void Forget(RecordMemory memory, RecordHeader* record)
    {
        ulong hash = RecordTable.HashOf(record);
        memory.Table.Remove(memory.Table.Find(hash, record->Keyspace, RecordKeys.Key(record)), hash);
        memory.Allocator.Free(record);
    }

    // SAFETY: the record is live and in the table; it is not used after it has been replaced.
    private static void Bury(KeyStore partition, RecordHeader* record)
    {
        RecordMemory memory = partition.Memory;
        uint keyspace = record->Keyspace;
        bool existed = !RecordKeys.Is(record, RecordStates.Absent);
        if (!existed && memory.IsActive(record)) return;
        ulong hash = RecordTable.HashOf(record);
        ReadOnlySpan<byte> key = RecordKeys.Key(record);
        ulong* slot = memory.Table.Find(hash, keyspace, key);
        partition.Writer.CountExpires(keyspace, record->ExpireAt != 0, false);
        memory.Put(slot, hash, keyspace, key, default, RecordStates.Absent);
        if (existed) partition.Keyspaces.Count(keyspace, -1, 0);
    }

    // SAFETY: the table shows live records, which stay in place during the walk.
    private readonly struct Visitor(KeyRange range) : IRecordVisitor
    {
        private readonly uint _keyspace = range.Keyspace;

        public List<nint> Clean { get; } = [];

        public List<nint> Unflushed { get; } = [];

        public bool Visit(RecordHeader* record)
        {
            if (record->Keyspace != _keyspace || !IsInRange(record)) return false;
            (RecordKeys.Is(record, RecordStates.Dirty) ? Unflushed : Clean).Add((nint)record);
            return false;
        }

        private bool IsInRange(RecordHeader* record)
        {
            ReadOnlySpan<byte> key = RecordKeys.Key(record);
            if (key.SequenceCompareTo(InternalKey.UserKey(range.From.Span)) < 0) return false;
            ReadOnlySpan<byte> end = InternalKey.UserKey(range.To.Span);
            return end.IsEmpty || key.SequenceCompareTo(end) < 0;
        }
    }
}
