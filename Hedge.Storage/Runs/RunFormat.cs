using System.Buffers.Binary;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>The numbers of the run file format, version 3, and the seal that covers each of its
/// units.</summary>
/// <remarks>
/// <code>
/// run        = header block* index filter properties footer
/// unit       = content zero* seal           ; every unit is n * 4096 bytes at a multiple of 4096
/// seal       = crc32c(partition:u32 fileNumber:u64 offset:u64 unit-without-seal):u32
/// header     = "HEDGERUN" version:u32 partition:u32 fileNumber:u64
/// block      = entriesEnd:u32 restarts:u32 entry* zero* restart:u32{restarts}
/// entry      = kind:u8 shared:varint suffix:varint
///              [ type:u8 encoding:u8 expireAt:varint valueBytes:varint ]
///              key-suffix [ value ]         ; [ ] in a put only
/// kind       = 0 (put) or 1 (tombstone), + 2 when unresolved, + 4 when the value is a ValueReference
/// index      = ( keyStart:u64 firstPage:u32 pages:u32 ){blocks} keyEnd:u64 endPage:u32 0:u32 separator*
/// filter     = ( word:u32{8} )*
/// properties = see RunProperties
/// footer     = "HEDGEEND" version:u32 partition:u32 fileNumber:u64 fileBytes:u64 blocks:u64
///              ( offset:u64 bytes:u64 ){index, filter, properties}
/// </code> Integers are little-endian, except inside keys. docs/formats/run.md has the full description.
/// </remarks>
internal static class RunFormat
{
    /// <summary>The version this build writes and the only one it reads.</summary>
    public const uint Version = 3;

    /// <summary>The longest value in bytes (512 MiB, Redis's limit of a string).</summary>
    public const int ValueBytesMax = 512 * 1024 * 1024;

    /// <summary>A block grows to at most this many pages, unless one entry alone needs more.</summary>
    public const int BlockPagesMax = 4;

    /// <summary>A full block that wastes more than one part in this many takes another entry and
    /// grows.</summary>
    public const int BlockSlackDivisor = 8;

    /// <summary>One entry in so many has its key stored whole.</summary>
    public const int RestartInterval = 16;

    /// <summary>Bytes before the first entry of a block.</summary>
    public const int BlockHeaderBytes = 8;

    /// <summary>The checksum at the end of each unit.</summary>
    public const int SealBytes = 4;

    /// <summary>One block's place in the index.</summary>
    public const int IndexEntryBytes = 16;

    /// <summary>The first eight bytes of a run file.</summary>
    public static ReadOnlySpan<byte> HeaderMagic => "HEDGERUN"u8;

    /// <summary>The first eight bytes of a run file's last page.</summary>
    public static ReadOnlySpan<byte> FooterMagic => "HEDGEEND"u8;

    /// <summary>The checksum state before the first byte of the unit at <paramref name="offset"/>. So a
    /// unit from another file or place never passes for this one.</summary>
    public static uint SealStart(RunId id, long offset)
    {
        Span<byte> place = stackalloc byte[20];
        BinaryPrimitives.WriteUInt32LittleEndian(place, id.Partition);
        BinaryPrimitives.WriteUInt64LittleEndian(place[4..], id.FileNumber);
        BinaryPrimitives.WriteInt64LittleEndian(place[12..], offset);
        return Crc32C.Compute(place);
    }

    /// <summary>A block without entries, as blocks are in memory; no run has one.</summary>
    public static ReadOnlySpan<byte> EmptyBlock => Empty;

    private static readonly byte[] Empty = MakeEmpty();

    /// <summary>Writes the seal into the last four bytes of <paramref name="unit"/>.</summary>
    public static void Seal(Span<byte> unit, RunId id, long offset)
    {
        uint crc = Crc32C.Compute(unit[..^SealBytes], SealStart(id, offset));
        BinaryPrimitives.WriteUInt32LittleEndian(unit[^SealBytes..], crc);
    }

    /// <summary>True when <paramref name="unit"/> is what was written at <paramref name="offset"/>.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> unit, RunId id, long offset)
    {
        if (unit.Length < Page.Bytes) return false;
        uint crc = Crc32C.Compute(unit[..^SealBytes], SealStart(id, offset));
        return BinaryPrimitives.ReadUInt32LittleEndian(unit[^SealBytes..]) == crc;
    }

    private static byte[] MakeEmpty()
    {
        byte[] block = new byte[Page.Bytes];
        BinaryPrimitives.WriteInt32LittleEndian(block, BlockHeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(4), 1);
        int tableAt = block.Length - SealBytes - sizeof(uint);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(tableAt), BlockHeaderBytes);
        return block;
    }
}
