using System.Buffers.Binary;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>A unit's place and the length of its content.</summary>
internal readonly record struct RunSection(long Offset, long Bytes)
{
    /// <summary>The unit's length in the file.</summary>
    public long UnitBytes => Page.RoundUp(Bytes + RunFormat.SealBytes);

    /// <summary>The offset after the unit.</summary>
    public long End => Offset + UnitBytes;
}

/// <summary>The first and the last page of a run file, and the places of the sections between
/// them.</summary>
internal sealed class RunFooter
{
    /// <summary>The run.</summary>
    public required RunId Id { get; init; }

    /// <summary>The file's length, this page included.</summary>
    public required long FileBytes { get; init; }

    /// <summary>The number of data blocks.</summary>
    public required long Blocks { get; init; }

    /// <summary>The block index.</summary>
    public required RunSection Index { get; init; }

    /// <summary>The filter.</summary>
    public required RunSection Filter { get; init; }

    /// <summary>The properties.</summary>
    public required RunSection Properties { get; init; }

    /// <summary>Writes the header page of <paramref name="id"/>.</summary>
    public static void WriteHeader(Span<byte> page, RunId id)
    {
        page.Clear();
        RunFormat.HeaderMagic.CopyTo(page);
        WriteIdentity(page, id);
        RunFormat.Seal(page, id, 0);
    }

    /// <summary>Throws unless <paramref name="page"/> is the header page of <paramref name="id"/>.</summary>
    public static void CheckHeader(ReadOnlySpan<byte> page, RunId id, string path) =>
        CheckIdentity(page, id, 0, RunFormat.HeaderMagic, "header", path);

    /// <summary>Writes the footer page.</summary>
    public void Write(Span<byte> page)
    {
        page.Clear();
        RunFormat.FooterMagic.CopyTo(page);
        WriteIdentity(page, Id);
        BinaryPrimitives.WriteInt64LittleEndian(page[24..], FileBytes);
        BinaryPrimitives.WriteInt64LittleEndian(page[32..], Blocks);
        WriteSection(page[40..], Index);
        WriteSection(page[56..], Filter);
        WriteSection(page[72..], Properties);
        RunFormat.Seal(page, Id, FileBytes - Page.Bytes);
    }

    /// <summary>Reads the footer page of a file of <paramref name="fileBytes"/> bytes.</summary>
    /// <exception cref="RunFormatException">The page is damaged, cut off, or belongs to another
    /// file.</exception>
    public static RunFooter Read(ReadOnlySpan<byte> page, RunId id, long fileBytes, string path)
    {
        CheckIdentity(page, id, fileBytes - Page.Bytes, RunFormat.FooterMagic, "footer", path);
        RunFooter footer = new()
        {
            Id = id,
            FileBytes = BinaryPrimitives.ReadInt64LittleEndian(page[24..]),
            Blocks = BinaryPrimitives.ReadInt64LittleEndian(page[32..]),
            Index = ReadSection(page[40..]),
            Filter = ReadSection(page[56..]),
            Properties = ReadSection(page[72..]),
        };
        bool fits = footer.FileBytes == fileBytes
            && footer.Index.Offset >= Page.Bytes
            && footer.Filter.Offset == footer.Index.End
            && footer.Properties.Offset == footer.Filter.End
            && footer.Properties.End + Page.Bytes == fileBytes
            && footer.Index.Bytes >= (footer.Blocks + 1) * RunFormat.IndexEntryBytes;
        return fits
            ? footer
            : throw new RunFormatException(path, "is damaged: its sections do not fit together");
    }

    private static void WriteIdentity(Span<byte> page, RunId id)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(page[8..], RunFormat.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(page[12..], id.Partition);
        BinaryPrimitives.WriteUInt64LittleEndian(page[16..], id.FileNumber);
    }

    // The seal is checked first, since the version is trusted only when the page is whole.
    private static void CheckIdentity(
        ReadOnlySpan<byte> page, RunId id, long offset, ReadOnlySpan<byte> magic, string name, string path)
    {
        if (!RunFormat.IsSealed(page, id, offset) || !page[..8].SequenceEqual(magic))
            throw new RunFormatException(path, $"is damaged: its {name} page does not match its checksum");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(page[8..]);
        if (version != RunFormat.Version)
        {
            throw new RunFormatException(
                path, $"has format version {version}; this build reads {RunFormat.Version}");
        }
    }

    private static void WriteSection(Span<byte> destination, RunSection section)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, section.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], section.Bytes);
    }

    private static RunSection ReadSection(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt64LittleEndian(source), BinaryPrimitives.ReadInt64LittleEndian(source[8..]));
}
