using System.Buffers.Binary;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>Opens a run file and reads everything but its data blocks, verified. For start-up and background
/// jobs.</summary>
/// <remarks>It reads the header, the footer, then the sections that the footer names. The first damage ends
/// it.</remarks>
internal static class RunLoader
{
    private const int ReadBytes = 1024 * 1024;

    /// <summary>Reads the parts; the caller owns them.</summary>
    public static (DiskFile File, RunInfo Info, RunIndex Index, PageBuffer Filter, long FilterBytes) Load(
        IDisk disk, string path, RunId id)
    {
        DiskFile file = disk.Open(path, DiskOpenMode.ReadDirect);
        RunIndex? index = null;
        PageBuffer? filter = null;
        try
        {
            RunFooter footer = ReadFooter(disk, file, id);
            index = RunIndex.TryRead(ReadUnit(disk, file, id, footer.Index, "index"), footer.Blocks,
                footer.Index.Offset, footer.Index.Bytes)
                ?? throw new RunFormatException(path, "is damaged: its index does not fit its blocks");
            filter = ReadUnit(disk, file, id, footer.Filter, "filter");
            using PageBuffer properties = ReadUnit(disk, file, id, footer.Properties, "properties");
            RunInfo info = RunProperties.Read(
                properties.Slice(0, (int)footer.Properties.Bytes), id, footer)
                ?? throw new RunFormatException(path, "is damaged: its properties do not fit together");
            if (!CompressionLibrary.IsThere(info.Compression))
            {
                throw new RunFormatException(path,
                    $"cannot be read: {CompressionLibrary.Missing(info.Compression)}");
            }

            return (file, info, index, filter, footer.Filter.Bytes);
        }
        catch
        {
            index?.Dispose();
            filter?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the properties alone, for whoever can do without index and filter.</summary>
    public static RunInfo LoadInfo(IDisk disk, string path, RunId id)
    {
        using DiskFile file = disk.Open(path, DiskOpenMode.ReadDirect);
        RunFooter footer = ReadFooter(disk, file, id, needsHeader: false);
        using PageBuffer properties = ReadUnit(disk, file, id, footer.Properties, "properties");
        return RunProperties.Read(properties.Slice(0, (int)footer.Properties.Bytes), id, footer)
            ?? throw new RunFormatException(path, "is damaged: its properties do not fit together");
    }

    private static RunFooter ReadFooter(IDisk disk, DiskFile file, RunId id, bool needsHeader = true)
    {
        long fileBytes = disk.Length(file);
        if (fileBytes < 2 * Page.Bytes || fileBytes % Page.Bytes != 0)
            throw new RunFormatException(file.Path, $"is damaged: {fileBytes} bytes are no whole run");
        using PageBuffer page = new(Page.Bytes);
        Span<byte> span = page.Slice(0, Page.Bytes);
        ReadFully(disk, file, 0, span);
        if (needsHeader) RunFooter.CheckHeader(span, id, file.Path);
        ReadFully(disk, file, fileBytes - Page.Bytes, span);
        return RunFooter.Read(span, id, fileBytes, file.Path);
    }

    private static PageBuffer ReadUnit(IDisk disk, DiskFile file, RunId id, RunSection section, string name)
    {
        PageBuffer buffer = new(section.UnitBytes);
        try
        {
            uint crc = RunFormat.SealStart(id, section.Offset);
            long end = section.UnitBytes - RunFormat.SealBytes;
            for (long at = 0; at < section.UnitBytes; at += ReadBytes)
            {
                Span<byte> part = buffer.Slice(at, (int)Math.Min(ReadBytes, section.UnitBytes - at));
                ReadFully(disk, file, section.Offset + at, part);
                crc = Crc32C.Compute(part[..(int)Math.Min(part.Length, end - at)], crc);
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(buffer.Slice(end, RunFormat.SealBytes)) != crc)
            {
                throw new RunFormatException(
                    file.Path, $"is damaged: its {name} does not match its checksum");
            }

            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private static void ReadFully(IDisk disk, DiskFile file, long offset, Span<byte> buffer)
    {
        if (disk.Read(file, offset, buffer) != buffer.Length)
            throw new RunFormatException(file.Path, "is damaged: it ends early");
    }
}
