using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Hedge.Storage.Keys;

namespace Hedge.Storage.Records;

/// <summary>
/// The hash table of one partition. It maps (keyspace, key) to the record in native memory. Owned by the
/// partition.
/// </summary>
/// <remarks>
/// 1. The hash's top bits choose a segment through a directory (extendible hashing). Its low bits choose a
///    slot in the segment; from there slots are probed one after the other.
/// 2. A slot is 8 bytes: 16 further bits of the hash and the record's 48-bit address; 0 is free.
/// 3. A segment starts small and doubles to 8192 slots. Then it splits in two. So growth moves at most
///    about 5,700 records at a time, whatever the table's size, and never needs a second table beside the
///    first.
/// 4. A removal shifts the following slots back, so there are no tombstones.
/// </remarks>
internal sealed unsafe class RecordTable : IDisposable
{
    private const int FirstSlotBits = 6;
    private const int SplitSlotBits = 13;
    private const int DepthMax = 22;
    private const ulong TagMask = 0xFFFF_0000_0000_0000;
    private const ulong AddressMask = ~TagMask;
    private const ulong SlotBitsMask = 63;
    private const int PrefetchBatch = 16;
    private const int PrefetchProbesMax = 8;

    // SAFETY: 2^_depth entries, each the address of a live segment's slots (64-byte aligned) plus log2 of its
    // slots.
    private ulong* _directory;
    private int _depth = 1;
    private int _shift = 63;

    public RecordTable()
    {
        _directory = (ulong*)NativeMemory.Alloc(2 * sizeof(ulong));
        _directory[0] = NewSegment(FirstSlotBits, 1);
        _directory[1] = NewSegment(FirstSlotBits, 1);
    }

    /// <summary>Number of records.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of native memory held.</summary>
    public long BytesHeld { get; private set; }

    /// <summary>Number of directory entries; a walk over the table counts in these.</summary>
    public int DirectoryLength => 1 << _depth;

    /// <summary>Loads the slot of a hash into the processor's cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong hash)
    {
        ulong entry = _directory[hash >> _shift];
        if (Sse.IsSupported) Sse.Prefetch0(Slots(entry) + ((uint)hash & Mask(entry)));
    }

    /// <summary>Loads the record of a hash whose slot has been prefetched: its first three cache lines,
    /// which hold header, key and value of a small record. False when it found none in the slots that it
    /// looked at.</summary>
    public bool PrefetchRecord(ulong hash)
    {
        if (!Sse.IsSupported) return true;
        ulong entry = _directory[hash >> _shift];
        ulong* slots = Slots(entry);
        uint mask = Mask(entry);
        ulong tag = Tag(hash);
        uint i = (uint)hash & mask;
        for (int probes = 0; probes < PrefetchProbesMax; probes++)
        {
            ulong slot = slots[i];
            if (slot == 0) return false;
            if ((slot & TagMask) == tag)
            {
                byte* record = (byte*)(slot & AddressMask);
                Sse.Prefetch0(record);
                Sse.Prefetch0(record + 64);
                Sse.Prefetch0(record + 128);
                return true;
            }

            i = (i + 1) & mask;
        }

        return true;
    }

    /// <summary>True when the table has a record of the key.</summary>
    public bool Contains(ulong hash, uint keyspace, ReadOnlySpan<byte> key) =>
        Find(hash, keyspace, key) != null;

    /// <summary>The slot of a key, or null. Valid until the next insertion or removal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong* Find(ulong hash, uint keyspace, ReadOnlySpan<byte> key)
    {
        ulong entry = _directory[hash >> _shift];
        ulong* slots = Slots(entry);
        uint mask = Mask(entry);
        ulong tag = Tag(hash);
        for (uint i = (uint)hash & mask; ; i = (i + 1) & mask)
        {
            ulong slot = slots[i];
            if (slot == 0) return null;
            if ((slot & TagMask) != tag) continue;
            RecordHeader* record = (RecordHeader*)(slot & AddressMask);
            if (record->Keyspace == keyspace && record->KeyLength == key.Length
                && new ReadOnlySpan<byte>(record + 1, key.Length).SequenceEqual(key))
                return slots + i;
        }
    }

    /// <summary>The record in a slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RecordHeader* RecordAt(ulong* slot) => (RecordHeader*)(*slot & AddressMask);

    /// <summary>Puts another record of the same key into a slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Replace(ulong* slot, RecordHeader* record) =>
        *slot = (*slot & TagMask) | (ulong)record;

    /// <summary>Inserts a record whose key is not in the table.</summary>
    public void Insert(ulong hash, RecordHeader* record)
    {
        Invariant.Check(((ulong)record & TagMask) == 0, "a user-space address has 48 bits");
        ulong entry = _directory[hash >> _shift];
        if (Head(entry)->Count >= Limit(entry))
        {
            Grow(hash);
            entry = _directory[hash >> _shift];
        }

        Place(entry, hash, Tag(hash) | (ulong)record);
        Head(entry)->Count++;
        Count++;
    }

    /// <summary>Removes the slot of a key with this hash. Any key with the hash will do.</summary>
    public void Remove(ulong* slot, ulong hash)
    {
        ulong entry = _directory[hash >> _shift];
        RemoveAt(entry, (uint)(slot - Slots(entry)));
    }

    /// <summary>The position in the segment of a directory entry that a random number chooses.</summary>
    public TablePosition Normalize(TablePosition position, uint random) => new()
    {
        Segment = position.Segment,
        Slot = random & Mask(_directory[position.Segment]),
    };

    /// <summary>
    /// Visits up to <paramref name="slotsMax"/> slots from a position on, and advances the position. The
    /// visitor returns true to remove the record from the table. Records inserted or moved meanwhile may be
    /// visited twice or not at all.
    /// </summary>
    /// <returns>False when the walk passed the end of the table. The position is then at the start
    /// again.</returns>
    public bool Walk<TVisitor>(ref TablePosition position, int slotsMax, ref TVisitor visitor)
        where TVisitor : IRecordVisitor
    {
        while (slotsMax > 0)
        {
            if (position.Segment >= DirectoryLength)
            {
                position = default;
                return false;
            }

            ulong entry = _directory[position.Segment];
            ulong* slots = Slots(entry);
            uint length = Mask(entry) + 1;
            while (position.Slot < length && slotsMax-- > 0)
            {
                ulong slot = slots[position.Slot];
                if (slot != 0 && visitor.Visit((RecordHeader*)(slot & AddressMask)))
                    RemoveAt(entry, position.Slot);
                else position.Slot++;
            }

            if (position.Slot < length) return true;
            position.Segment = EndOfSegment(position.Segment, entry);
            position.Slot = 0;
        }

        return true;
    }

    /// <summary>Frees the table, but not the records, which it does not own.</summary>
    public void Dispose()
    {
        if (_directory == null) return;
        for (int i = 0; i < DirectoryLength;)
        {
            ulong entry = _directory[i];
            i = EndOfSegment(i, entry);
            FreeSegment(entry);
        }

        NativeMemory.Free(_directory);
        _directory = null;
        Count = 0;
    }

    /// <summary>The hash of a record's key.</summary>
    public static ulong HashOf(RecordHeader* record) =>
        KeyHash.Compute(record->Keyspace, new ReadOnlySpan<byte>(record + 1, record->KeyLength));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Tag(ulong hash) => (hash << 24) & TagMask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong* Slots(ulong entry) => (ulong*)(entry & ~SlotBitsMask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Mask(ulong entry) => (1u << (int)(entry & SlotBitsMask)) - 1;

    private static SegmentHead* Head(ulong entry) => (SegmentHead*)(entry & ~SlotBitsMask) - 1;

    private static int Limit(ulong entry) => (int)((Mask(entry) + 1L) * 7 / 10);

    private static void Place(ulong entry, ulong hash, ulong slot)
    {
        ulong* slots = Slots(entry);
        uint mask = Mask(entry);
        uint i = (uint)hash & mask;
        while (slots[i] != 0) i = (i + 1) & mask;
        slots[i] = slot;
    }

    private int EndOfSegment(int index, ulong entry)
    {
        int span = 1 << (_depth - Head(entry)->Depth);
        return (index & -span) + span;
    }

    private void RemoveAt(ulong entry, uint hole)
    {
        ulong* slots = Slots(entry);
        uint mask = Mask(entry);
        for (uint i = (hole + 1) & mask; slots[i] != 0; i = (i + 1) & mask)
        {
            uint home = (uint)HashOf((RecordHeader*)(slots[i] & AddressMask)) & mask;
            if (((i - home) & mask) < ((i - hole) & mask)) continue;
            slots[hole] = slots[i];
            hole = i;
        }

        slots[hole] = 0;
        Head(entry)->Count--;
        Count--;
    }

    private void Grow(ulong hash)
    {
        ulong old = _directory[hash >> _shift];
        int bits = (int)(old & SlotBitsMask);
        int depth = Head(old)->Depth;
        if (bits < SplitSlotBits || depth >= DepthMax)
        {
            ulong grown = NewSegment(bits + 1, depth);
            Move(old, grown, grown, 0);
            SetEntries(hash, depth, grown, grown);
        }
        else
        {
            if (depth == _depth) DoubleDirectory();
            ulong low = NewSegment(SplitSlotBits, depth + 1);
            ulong high = NewSegment(SplitSlotBits, depth + 1);
            Move(old, low, high, 1UL << (63 - depth));
            SetEntries(hash, depth, low, high);
        }

        FreeSegment(old);
    }

    private static void Move(ulong from, ulong low, ulong high, ulong highBit)
    {
        ulong* slots = Slots(from);
        uint length = Mask(from) + 1;
        for (uint i = 0; i < length; i += PrefetchBatch)
        {
            for (uint j = i; j < i + PrefetchBatch; j++)
                if (Sse.IsSupported) Sse.Prefetch0((void*)(slots[j] & AddressMask));
            for (uint j = i; j < i + PrefetchBatch; j++)
            {
                if (slots[j] == 0) continue;
                ulong hash = HashOf((RecordHeader*)(slots[j] & AddressMask));
                ulong to = (hash & highBit) == 0 ? low : high;
                Place(to, hash, slots[j]);
                Head(to)->Count++;
            }
        }
    }

    private void SetEntries(ulong hash, int depth, ulong low, ulong high)
    {
        int span = 1 << (_depth - depth);
        int first = (int)(hash >> _shift) & -span;
        for (int i = 0; i < span; i++) _directory[first + i] = i < span / 2 ? low : high;
        if (span == 1) _directory[first] = low;
    }

    private void DoubleDirectory()
    {
        int length = DirectoryLength;
        ulong* doubled = (ulong*)NativeMemory.Alloc((nuint)length * 2 * sizeof(ulong));
        for (int i = 0; i < length; i++) doubled[2 * i] = doubled[2 * i + 1] = _directory[i];
        NativeMemory.Free(_directory);
        _directory = doubled;
        _depth++;
        _shift--;
    }

    private ulong NewSegment(int slotBits, int depth)
    {
        nuint bytes = (nuint)sizeof(SegmentHead) + (nuint)sizeof(ulong) * (1u << slotBits);
        SegmentHead* head = (SegmentHead*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(head, bytes);
        head->Depth = depth;
        BytesHeld += (long)bytes;
        return (ulong)(head + 1) | (uint)slotBits;
    }

    private void FreeSegment(ulong entry)
    {
        BytesHeld -= sizeof(SegmentHead) + sizeof(ulong) * (Mask(entry) + 1L);
        NativeMemory.AlignedFree(Head(entry));
    }

    /// <summary>The header in front of a segment's slots. It is one cache line that look-ups do not
    /// touch.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct SegmentHead
    {
        public int Count;
        public int Depth;
    }
}

/// <summary>The position of a walk over a <see cref="RecordTable"/>.</summary>
internal struct TablePosition
{
    /// <summary>Directory entry.</summary>
    public int Segment;

    /// <summary>Slot in the segment.</summary>
    public uint Slot;
}
