using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Hedge.Storage.Io;

namespace Hedge.Storage.Records;

/// <summary>
/// Sorts records by key. It compares the eight bytes after the keys' common prefix as numbers, so that most
/// of the work touches no record. Only keys that are equal there are compared in full.
/// </summary>
internal static unsafe class RecordSorter
{
    // SAFETY: callers pass live records, which stay in place during the call.

    /// <summary>Sorts <paramref name="indices"/> by the keys of the records they stand for.</summary>
    /// <param name="indices">What is sorted.</param>
    /// <param name="records">The records, at first in the same order. The call destroys the order.</param>
    public static void Sort(Span<uint> indices, Span<nint> records)
    {
        if (records.Length < 2) return;
        int count = records.Length;
        int common = CommonPrefix(records);
        // Native memory, because each flush would leave large objects on the managed heap.
        using AlignedBuffer scratch = new(count * (sizeof(ulong) + sizeof(int) + sizeof(uint)));
        Span<ulong> orders = MemoryMarshal.Cast<byte, ulong>(scratch.Span)[..count];
        Span<int> places = MemoryMarshal.Cast<byte, int>(scratch.Span).Slice(2 * count, count);
        Span<uint> sorted = MemoryMarshal.Cast<byte, uint>(scratch.Span).Slice(3 * count, count);
        for (int i = 0; i < count; i++)
        {
            orders[i] = OrderOf((RecordHeader*)records[i], common);
            places[i] = i;
        }

        orders.Sort(places);
        for (int i = 0; i < count;)
        {
            int end = i + 1;
            while (end < count && orders[end] == orders[i]) end++;
            if (end - i > 1) SortInFull(places[i..end], records);
            for (; i < end; i++) sorted[i] = indices[places[i]];
        }

        sorted.CopyTo(indices);
    }

    private static void SortInFull(Span<int> places, ReadOnlySpan<nint> records)
    {
        nint[] keys = new nint[places.Length];
        for (int i = 0; i < keys.Length; i++) keys[i] = records[places[i]];
        keys.AsSpan().Sort(places, static (left, right) =>
            RecordKeys.Compare((RecordHeader*)left, (RecordHeader*)right));
    }

    // In bytes of the keyspace (big-endian) and the key.
    private static int CommonPrefix(ReadOnlySpan<nint> records)
    {
        RecordHeader* first = (RecordHeader*)records[0];
        ReadOnlySpan<byte> common = RecordKeys.Key(first);
        foreach (nint one in records)
        {
            RecordHeader* record = (RecordHeader*)one;
            if (record->Keyspace != first->Keyspace) return 0;
            common = common[..common.CommonPrefixLength(RecordKeys.Key(record))];
        }

        return sizeof(uint) + common.Length;
    }

    private static ulong OrderOf(RecordHeader* record, int common)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        ReadOnlySpan<byte> key = RecordKeys.Key(record);
        if (common < sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, record->Keyspace);
            key[..Math.Min(sizeof(uint), key.Length)].CopyTo(bytes[sizeof(uint)..]);
        }
        else
        {
            key = key[(common - sizeof(uint))..];
            key[..Math.Min(sizeof(ulong), key.Length)].CopyTo(bytes);
        }

        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}
