using Hedge.Storage.Records;

namespace Hedge.Storage.Memtables;

/// <summary>Which records of a partition stay in memory for commands that gather very many of them.</summary>
/// <remarks>A pinned record has a mark, which is valid while there is any such command. So nobody has to
/// visit all marked records when a command is done.</remarks>
// SAFETY: the records are live, as their finder or the eviction's walk shows.
internal sealed unsafe class RecordPins
{
    // A record's place in the table, which is not full.
    private const int PlaceBytes = 24;

    private int _commands;

    /// <summary>A command begins to gather records. Any thread.</summary>
    public void Begin() => Interlocked.Increment(ref _commands);

    /// <summary>Ends a <see cref="Begin"/>. After the last one all records may be evicted. Any
    /// thread.</summary>
    public void End()
    {
        int left = Interlocked.Decrement(ref _commands);
        Invariant.Check(left >= 0, "pinning ends as often as it begins");
    }

    /// <summary>Marks a key's record, if there is one; returns the bytes that it takes.</summary>
    public static long Pin(RecordMemory memory, ulong hash, uint keyspace, ReadOnlySpan<byte> key)
    {
        ulong* slot = memory.Table.Find(hash, keyspace, key);
        if (slot == null) return 0;
        RecordHeader* record = RecordTable.RecordAt(slot);
        RecordKeys.Set(record, RecordStates.Pinned);
        return memory.Allocator.Capacity(record) + PlaceBytes;
    }

    /// <summary>True for a record that has to stay. Takes away a mark that is no longer valid.</summary>
    public bool Keeps(RecordHeader* record)
    {
        if (!RecordKeys.Is(record, RecordStates.Pinned)) return false;
        if (Volatile.Read(ref _commands) > 0) return true;
        RecordKeys.Clear(record, RecordStates.Pinned);
        return false;
    }
}
