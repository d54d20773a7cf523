using System.Runtime.CompilerServices;
using Hedge.Storage.Collections;

namespace Hedge.Storage.Records;

/// <summary>Parts of a record in native memory, and the order of keys: by keyspace, then bytewise.</summary>
internal static unsafe class RecordKeys
{
    // SAFETY: callers pass live records; the spans made here live as long as the record does.

    /// <summary>The user key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Key(RecordHeader* record) => new(record + 1, record->KeyLength);

    /// <summary>The value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Span<byte> Value(RecordHeader* record) =>
        new((byte*)(record + 1) + record->KeyLength, record->ValueLength);

    /// <summary>A time before which no field of a hash expires, Unix milliseconds; 0 when none does, and for
    /// what is no hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long EarliestField(RecordHeader* record) =>
        record->Type == (byte)RecordType.Hash ? RootFormat.Earliest(Value(record)) : 0;

    /// <summary>When something of the record expires: the key, or one of its fields. 0 for never.</summary>
    public static long DueAt(RecordHeader* record)
    {
        long field = EarliestField(record);
        return field == 0 || (record->ExpireAt != 0 && record->ExpireAt < field) ? record->ExpireAt : field;
    }

    /// <summary>True when a state has any of the bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(RecordHeader* record, RecordStates any) => (record->State & (byte)any) != 0;

    /// <summary>Sets state bits.</summary>
    public static void Set(RecordHeader* record, RecordStates bits) => record->State |= (byte)bits;

    /// <summary>Clears state bits.</summary>
    public static void Clear(RecordHeader* record, RecordStates bits) => record->State &= (byte)~bits;

    /// <summary>The order of two records.</summary>
    public static int Compare(RecordHeader* left, RecordHeader* right) => left->Keyspace != right->Keyspace
        ? left->Keyspace.CompareTo(right->Keyspace)
        : Key(left).SequenceCompareTo(Key(right));

    /// <summary>The order of a record and a key.</summary>
    public static int Compare(RecordHeader* left, uint keyspace, ReadOnlySpan<byte> key) =>
        left->Keyspace != keyspace
        ? left->Keyspace.CompareTo(keyspace)
        : Key(left).SequenceCompareTo(key);
}
