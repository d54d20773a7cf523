using System.Buffers.Binary;
using Hedge.Storage.Io;

namespace Hedge.Storage.Logs;

/// <summary>
/// The bytes of a stage file; <c>docs/formats/log.md</c> says why. All integers are little-endian.
/// </summary>
/// <remarks>
/// <code>
/// stage  := header slot{slots}
/// header := "HEDGESTG" version:u32 slots:u32 slotBytes:u64 core:u32 zero:4 boot:16 zero:12 crc:u32
///           spill:u64 zero                                                                        4096 bytes
/// slot   := sequence:u64 number:u64 id:u64 blocksOffset:u64 lead:u32 first:u32 zero:20 crc:u32
///           committed:u64 frame:u64 zero  bytes{slotBytes}                                4096 + slotBytes
/// </code> The header's crc covers the 60 bytes before it; a slot's covers the 52 bytes from <c>number</c>
/// on.
/// </remarks>
internal static class LogStageFormat
{
    public const uint Version = 1;
    public const int PageBytes = AlignedBuffer.Alignment;
    public const int SpillAt = 64;
    public const int SequenceAt = 0;
    public const int CommittedAt = 64;
    public const int FrameAt = 72;
    public const int SlotsMax = 64;

    private const ulong Magic = 0x4754534547444548; // "HEDGESTG"

    /// <summary>The length of a stage file.</summary>
    public static long BytesOf(int slots, long slotBytes) => PageBytes + (slots * (PageBytes + slotBytes));

    /// <summary>Where a slot begins.</summary>
    public static long SlotAt(int slot, long slotBytes) => PageBytes + (slot * (PageBytes + slotBytes));

    /// <summary>The path of a core's stage file.</summary>
    public static string PathOf(string directory, int core) => $"{directory}/{core}.stage";

    /// <summary>Writes the first page's fixed part, with nothing spilled. With no slots it says that
    /// recovery has taken over what they held.</summary>
    public static void WriteHeader(Span<byte> page, int core, int slots, long slotBytes, UInt128 boot)
    {
        page[..PageBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(page, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(page[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(page[12..], slots);
        BinaryPrimitives.WriteInt64LittleEndian(page[16..], slotBytes);
        BinaryPrimitives.WriteInt32LittleEndian(page[24..], core);
        BinaryPrimitives.WriteUInt128LittleEndian(page[32..], boot);
        BinaryPrimitives.WriteUInt32LittleEndian(page[60..], Crc32C.Compute(page[..60]));
    }

    /// <summary>Reads the first page. False when it was not made since the machine's last boot.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> page, UInt128 boot, out int core, out int slots,
        out long slotBytes, out ulong spill)
    {
        slots = BinaryPrimitives.ReadInt32LittleEndian(page[12..]);
        slotBytes = BinaryPrimitives.ReadInt64LittleEndian(page[16..]);
        core = BinaryPrimitives.ReadInt32LittleEndian(page[24..]);
        spill = BinaryPrimitives.ReadUInt64LittleEndian(page[SpillAt..]);
        return BinaryPrimitives.ReadUInt64LittleEndian(page) == Magic
            && BinaryPrimitives.ReadUInt32LittleEndian(page[8..]) == Version
            && BinaryPrimitives.ReadUInt128LittleEndian(page[32..]) == boot && boot != 0
            && BinaryPrimitives.ReadUInt32LittleEndian(page[60..]) == Crc32C.Compute(page[..60])
            && slots is >= 0 and <= SlotsMax && slotBytes > 0;
    }

    /// <summary>Writes a slot's page without its sequence number, which says that the slot is
    /// used.</summary>
    public static void WriteSlot(
        Span<byte> page, ulong number, ulong id, long blocksOffset, int lead, int first)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(page[8..], number);
        BinaryPrimitives.WriteUInt64LittleEndian(page[16..], id);
        BinaryPrimitives.WriteInt64LittleEndian(page[24..], blocksOffset);
        BinaryPrimitives.WriteInt32LittleEndian(page[32..], lead);
        BinaryPrimitives.WriteInt32LittleEndian(page[36..], first);
        page[40..60].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(page[60..], Crc32C.Compute(page[8..60]));
    }

    /// <summary>Writes the page of a slot that was never used. It is not all zeros.</summary>
    public static void WriteFreeSlot(Span<byte> page) => WriteSlot(page, 0, 0, 0, 0, 0);

    /// <summary>False when a slot's page was never written.</summary>
    public static bool IsSlot(ReadOnlySpan<byte> page) => page[8..64].ContainsAnyExcept((byte)0);

    /// <summary>Reads a used slot's page; false when it contradicts itself.</summary>
    public static bool TryReadSlot(ReadOnlySpan<byte> page, long slotBytes, out StagedWrite write)
    {
        write = new StagedWrite
        {
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(page[SequenceAt..]),
            Number = BinaryPrimitives.ReadUInt64LittleEndian(page[8..]),
            Id = BinaryPrimitives.ReadUInt64LittleEndian(page[16..]),
            BlocksOffset = BinaryPrimitives.ReadInt64LittleEndian(page[24..]),
            Lead = BinaryPrimitives.ReadInt32LittleEndian(page[32..]),
            First = BinaryPrimitives.ReadInt32LittleEndian(page[36..]),
            Committed = BinaryPrimitives.ReadInt64LittleEndian(page[CommittedAt..]),
            Frame = BinaryPrimitives.ReadInt64LittleEndian(page[FrameAt..]),
        };
        return BinaryPrimitives.ReadUInt32LittleEndian(page[60..]) == Crc32C.Compute(page[8..60])
            && write.Lead is >= 0 and < PageBytes && write.First >= 0 && write.First <= write.Committed
            && write.Committed <= slotBytes - write.Lead && write.Frame <= write.Committed
            && write.BlocksOffset >= 0 && write.BlocksOffset % PageBytes == 0;
    }
}

/// <summary>What a used slot says: bytes of a segment whose write may be unfinished.</summary>
internal readonly record struct StagedWrite
{
    /// <summary>Its number among the writes of its log.</summary>
    public ulong Sequence { get; init; }

    /// <summary>The segment's number.</summary>
    public ulong Number { get; init; }

    /// <summary>The segment's id.</summary>
    public ulong Id { get; init; }

    /// <summary>The segment offset of the slot's first byte.</summary>
    public long BlocksOffset { get; init; }

    /// <summary>Bytes before the committed ones: what the first block held already.</summary>
    public int Lead { get; init; }

    /// <summary>Where the first frame begins that lies in the slot as a whole.</summary>
    public int First { get; init; }

    /// <summary>The end of the last committed record.</summary>
    public long Committed { get; init; }

    /// <summary>Where the last begun frame begins; -1 for none.</summary>
    public long Frame { get; init; }
}
