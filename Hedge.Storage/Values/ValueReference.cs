using System.Buffers.Binary;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Values;

/// <summary>The place of a value that is outside of its run. The run's entry holds this reference in place
/// of the value.</summary>
/// <remarks>
/// <code>reference := core:u32 number:u64 offset:u32 length:u32 sum:u32 24 bytes, little-endian</code> The
/// sum is the value's CRC-32C, which starts from the CRC-32C of the reference's first 16 bytes. So bytes
/// from another file or place never pass for this value.
/// </remarks>
/// <param name="File">The file.</param>
/// <param name="Offset">The value's first byte in the file.</param>
/// <param name="Length">The value's length in bytes.</param>
/// <param name="Sum">The checksum.</param>
internal readonly record struct ValueReference(ValueFileId File, uint Offset, int Length, uint Sum)
{
    /// <summary>Bytes of a reference in a run.</summary>
    public const int SizeBytes = 24;

    private const int PlaceBytes = 16;

    /// <summary>The pages of the file that hold the value.</summary>
    public BlockLocation Pages
    {
        get
        {
            uint first = Offset / Page.Bytes;
            return new BlockLocation(first, PagesFrom(first));
        }
    }

    /// <summary>The offset of the value in those pages.</summary>
    public int OffsetInPages => (int)(Offset % Page.Bytes);

    /// <summary>Makes the reference to a value at a place.</summary>
    public static ValueReference To(ValueFileId file, uint offset, ReadOnlySpan<byte> value) =>
        new(file, offset, value.Length, SumOf(file, offset, value));

    /// <summary>Reads a reference; its length has been checked.</summary>
    public static ValueReference Read(ReadOnlySpan<byte> source) => new(
        new ValueFileId(
            BinaryPrimitives.ReadInt32LittleEndian(source),
            BinaryPrimitives.ReadUInt64LittleEndian(source[4..])),
        BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[20..]));

    /// <summary>The length of the value.</summary>
    public static int LengthOf(ReadOnlySpan<byte> source) =>
        BinaryPrimitives.ReadInt32LittleEndian(source[PlaceBytes..]);

    /// <summary>Writes the reference: <see cref="SizeBytes"/> bytes.</summary>
    public void Write(Span<byte> target)
    {
        WritePlace(target, File, Offset);
        BinaryPrimitives.WriteInt32LittleEndian(target[PlaceBytes..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[20..], Sum);
    }

    /// <summary>The value in the <see cref="Pages"/> read.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> pages) => pages.Slice(OffsetInPages, Length);

    /// <summary>True when the pages hold the value as it was written.</summary>
    public bool IsIntact(ReadOnlySpan<byte> pages) => SumOf(File, Offset, In(pages)) == Sum;

    private static uint SumOf(ValueFileId file, uint offset, ReadOnlySpan<byte> value)
    {
        Span<byte> place = stackalloc byte[PlaceBytes];
        WritePlace(place, file, offset);
        return Crc32C.Compute(value, Crc32C.Compute(place));
    }

    private static void WritePlace(Span<byte> target, ValueFileId file, uint offset)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, file.Core);
        BinaryPrimitives.WriteUInt64LittleEndian(target[4..], file.Number);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], offset);
    }

    private uint PagesFrom(uint first) =>
        (uint)(((long)Offset + Length + Page.Bytes - 1) / Page.Bytes) - first;
}
