using System.Buffers;
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
        Invariant.Check(offset >= 0 && removed >= 0 && offset + (long)removed <= before,
            "a splice is within its value");
        int after = before - removed + inserted.Length;
        long needed = RecordHeader.SizeBytes + old->KeyLength + (long)after;
        bool isMuchShorter = after < before && memory.Allocator.Capacity(old) > CapacityFactor * needed;
        if (isMuchShorter) return Shrink(memory, slot, offset, removed, inserted);
        RecordHeader* record = memory.Open(slot, RecordTable.HashOf(old), old->Keyspace, RecordKeys.Key(old),
            Math.Max(before, after), true, out RecordHeader* replaced);
        Span<byte> value = RecordKeys.Value(record);
        value[(offset + removed)..before].CopyTo(value[(offset + inserted.Length)..]);
        inserted.CopyTo(value[offset..]);
        record->ValueLength = after;
        memory.FreeReplaced(replaced, record);
        if (!memory.Active.Places.IsEmpty) memory.Active.Places.Clear(record->DirtyIndex);
        return record;
    }

    // Half of a leaf that was cut, say: in memory of its size.
    private static RecordHeader* Shrink(
        RecordMemory memory, ulong* slot, int offset, int removed, ReadOnlySpan<byte> inserted)
    {
        RecordHeader* old = RecordTable.RecordAt(slot);
        ReadOnlySpan<byte> value = RecordKeys.Value(old);
        int length = value.Length - removed + inserted.Length;
        byte[] shorter = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        value[..offset].CopyTo(shorter);
        inserted.CopyTo(shorter.AsSpan(offset));
        value[(offset + removed)..].CopyTo(shorter.AsSpan(offset + inserted.Length));
        RecordContent content = new()
        {
            Value = shorter.AsSpan(0, length),
            Type = (RecordType)old->Type,
            Encoding = (StringEncoding)old->Encoding,
            ExpireAt = old->ExpireAt,
        };
        RecordHeader* record = memory.Put(slot, RecordTable.HashOf(old), old->Keyspace, RecordKeys.Key(old),
            content, RecordStates.None);
        ArrayPool<byte>.Shared.Return(shorter);
        return record;
    }
}
