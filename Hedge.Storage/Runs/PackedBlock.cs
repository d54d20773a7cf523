using System.Buffers.Binary;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>A compressed block as it stands in the file. It is sealed like every unit. Unpacked, it is a
/// block like every other.</summary>
/// <remarks>
/// <code>
/// packed  = mark:u32 pages:u32 contentBytes:u32 packedBytes:u32 byte{packedBytes} zero* seal
/// mark    = 80000000h + algorithm              ; 1 LZ4, 2 Zstandard; a block's entriesEnd is less
/// content = the block without the zeros before its restart table and without its seal
/// pages   = the block's length in memory, in pages of 4096 bytes
/// </code>
/// </remarks>
internal static class PackedBlock
{
    /// <summary>Bytes before the compressed content.</summary>
    public const int HeaderBytes = 16;

    /// <summary>A block of more pages is not compressed.</summary>
    public const int PagesMax = 64;

    private const uint Mark = 0x8000_0000;

    /// <summary>The most compressed bytes that fit into so many pages.</summary>
    public static int CapacityOf(int pages) =>
        pages * Page.Bytes - HeaderBytes - RunFormat.SealBytes;

    /// <summary>The pages that so many compressed bytes need.</summary>
    public static int PagesFor(int packedBytes) =>
        (int)(Page.RoundUp(HeaderBytes + packedBytes + RunFormat.SealBytes) / Page.Bytes);

    /// <summary>True for a unit that must be unpacked; its seal has been checked.</summary>
    public static bool IsPacked(ReadOnlySpan<byte> unit) =>
        BinaryPrimitives.ReadUInt32LittleEndian(unit) >= Mark;

    /// <summary>The pages in memory of a packed unit's block; 0 when the header is invalid.</summary>
    public static int PagesOf(ReadOnlySpan<byte> unit)
    {
        uint algorithm = BinaryPrimitives.ReadUInt32LittleEndian(unit) - Mark;
        uint pages = BinaryPrimitives.ReadUInt32LittleEndian(unit[4..]);
        uint content = BinaryPrimitives.ReadUInt32LittleEndian(unit[8..]);
        uint packed = BinaryPrimitives.ReadUInt32LittleEndian(unit[12..]);
        bool isSound = algorithm is (uint)BlockCompression.Lz4 or (uint)BlockCompression.Zstd
            && CompressionLibrary.IsThere((BlockCompression)algorithm)
            && pages is >= 1 and <= PagesMax
            && content is > RunFormat.BlockHeaderBytes && packed > 0
            && content <= pages * Page.Bytes - RunFormat.SealBytes
            && packed <= unit.Length - HeaderBytes - RunFormat.SealBytes;
        return isSound ? (int)pages : 0;
    }

    /// <summary>Makes the block in <paramref name="block"/>, which has <see cref="PagesOf"/> pages; false
    /// when the content is invalid.</summary>
    public static bool TryUnpack(BlockCodec codec, ReadOnlySpan<byte> unit, Span<byte> block)
    {
        BlockCompression algorithm =
            (BlockCompression)(BinaryPrimitives.ReadUInt32LittleEndian(unit) - Mark);
        int contentBytes = BinaryPrimitives.ReadInt32LittleEndian(unit[8..]);
        int packedBytes = BinaryPrimitives.ReadInt32LittleEndian(unit[12..]);
        Span<byte> content = block[..contentBytes];
        if (!codec.TryDecompress(algorithm, unit.Slice(HeaderBytes, packedBytes), content)) return false;
        int entriesEnd = BlockReader.EntriesEnd(content);
        long tableBytes = BinaryPrimitives.ReadUInt32LittleEndian(content[4..]) * (long)sizeof(uint);
        if (entriesEnd < RunFormat.BlockHeaderBytes || tableBytes <= 0
            || entriesEnd + tableBytes != contentBytes) return false;

        // The table moves to the block's end. Its new place may overlap the old one.
        Span<byte> place = block[..^RunFormat.SealBytes][^(int)tableBytes..];
        content[entriesEnd..].CopyTo(place);
        block[entriesEnd..^((int)tableBytes + RunFormat.SealBytes)].Clear();
        block[^RunFormat.SealBytes..].Clear();
        return true;
    }

    /// <summary>Completes a unit whose compressed bytes follow <see cref="HeaderBytes"/>.</summary>
    public static void Complete(Span<byte> unit, BlockCompression algorithm, int pages, int contentBytes,
        int packedBytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(unit, Mark + (uint)algorithm);
        BinaryPrimitives.WriteInt32LittleEndian(unit[4..], pages);
        BinaryPrimitives.WriteInt32LittleEndian(unit[8..], contentBytes);
        BinaryPrimitives.WriteInt32LittleEndian(unit[12..], packedBytes);
        unit[(HeaderBytes + packedBytes)..].Clear();
    }
}
