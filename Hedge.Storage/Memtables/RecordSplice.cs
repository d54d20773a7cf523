using Hedge.Storage.Records;

namespace Hedge.Storage.Memtables;

/// <summary>Changes of a part of a value that may change its length.</summary>
// SAFETY: the slot is used before the next change of the table, the record until it is freed.
internal static unsafe class RecordSplice
{
    private const int CapacityFactor = 2;

    /// <summary>Replaces some bytes of a present record's value by others, which are not a part of
    /// it.</summary>
    /// <returns>The record, which is dirty.</returns>
    public static RecordHeader* Apply(
        RecordMemory memory, ulong* slot, int offset, int removed, ReadOnlySpan<byte> inserted)
    {
        RecordHeader* old = RecordTable.RecordAt(slot);
        int before = old->ValueLength;
        long fieldsBefore = RecordKeys.EarliestField(old);
        Invariant.Check(offset >= 0 && removed >= 0 && offset + (long)removed <= before,
            "a splice is within its value");
        int after = before - removed + inserted.Length;
        RecordHeader* record = memory.Open(slot, RecordTable.HashOf(old), old->Keyspace, RecordKeys.Key(old),
            Math.Max(before, after), true, out RecordHeader* replaced);
        Span<byte> value = RecordKeys.Value(record);
        value[(offset + removed)..before].CopyTo(value[(offset + inserted.Length)..]);
        inserted.CopyTo(value[offset..]);
        record->ValueLength = after;
        memory.FreeReplaced(replaced, record);
        if (record->Type == (byte)RecordType.Hash) memory.Active.FieldsChanged(record, fieldsBefore);
        if (!memory.Active.Places.IsEmpty) memory.Active.Places.Clear(record->DirtyIndex);
        long needed = RecordHeader.SizeBytes + record->KeyLength + (long)after;
        bool isMuchShorter = after < before && memory.Allocator.Capacity(record) > CapacityFactor * needed;
        return isMuchShorter ? Shrink(memory, slot, record) : record;
    }

    /// <summary>Overwrites a part of a present record's value, if the active generation has the record
    /// already.</summary>
    public static bool TryOverwrite(
        RecordMemory memory, RecordHeader* record, int offset, ReadOnlySpan<byte> bytes)
    {
        if (!memory.IsActive(record)) return false;
        bytes.CopyTo(RecordKeys.Value(record)[offset..]);
        record->LastAccess = memory.NowSeconds;
        if (!memory.Active.Places.IsEmpty) memory.Active.Places.Clear(record->DirtyIndex);
        return true;
    }

    // Half of a leaf that was cut, say: moves to memory of its size.
    private static RecordHeader* Shrink(RecordMemory memory, ulong* slot, RecordHeader* record)
    {
        RecordContent content = new()
        {
            Value = RecordKeys.Value(record),
            Type = (RecordType)record->Type,
            Encoding = (StringEncoding)record->Encoding,
            ExpireAt = record->ExpireAt,
        };
        return memory.Put(slot, RecordTable.HashOf(record), record->Keyspace, RecordKeys.Key(record), content,
            RecordStates.None);
    }
}
