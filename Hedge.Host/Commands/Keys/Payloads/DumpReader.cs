using System.Buffers.Binary;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Looks at what <see cref="DumpWriter"/> and Redis (up to RDB version 10) write.</summary>
internal static class DumpReader
{
    private const int VersionOfSevenTwo = 11;

    /// <summary>True when the payload's version is known and its checksum right.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < DumpWriter.FooterBytes) return false;
        int end = payload.Length - 8;
        bool isNewer = payload.Length > DumpWriter.FooterBytes
            && (DumpType)payload[0] == DumpType.StreamOfSevenTwo;
        int versionMax = isNewer ? VersionOfSevenTwo : DumpWriter.Version;
        return BinaryPrimitives.ReadUInt16LittleEndian(payload[(end - 2)..]) <= versionMax
            && BinaryPrimitives.ReadUInt64LittleEndian(payload[end..]) == Crc64.Compute(payload[..end]);
    }

    /// <summary>The type of what an intact payload holds; null when no type has that number.</summary>
    public static RecordType? TypeOf(ReadOnlySpan<byte> payload)
    {
        if (payload.Length == DumpWriter.FooterBytes) return null;
        return (DumpType)payload[0] switch
        {
            DumpType.String => RecordType.String,
            DumpType.List or DumpType.ListZiplist or DumpType.ListOfZiplists or DumpType.ListOfListpacks =>
                RecordType.List,
            DumpType.Set or DumpType.SetIntset => RecordType.Set,
            DumpType.SortedSet or DumpType.SortedSetWithTexts or DumpType.SortedSetZiplist
                or DumpType.SortedSetListpack => RecordType.SortedSet,
            DumpType.Hash or DumpType.HashZipmap or DumpType.HashZiplist or DumpType.HashListpack =>
                RecordType.Hash,
            DumpType.StreamOfSix or DumpType.Stream or DumpType.StreamOfSevenTwo => RecordType.Stream,
            _ => null,
        };
    }

    /// <summary>The length of the string in an intact payload of one; false when it is malformed.</summary>
    public static bool TryLength(ReadOnlySpan<byte> payload, out int length)
    {
        bool isString = new PayloadCursor(payload[1..^DumpWriter.FooterBytes]).TrySkipString(out long bytes);
        length = (int)bytes;
        return isString;
    }

    /// <summary>Reads the string of such a payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="value">Room for the string, exactly as long as it.</param>
    /// <returns>False when its compressed form is broken.</returns>
    public static bool TryReadString(ReadOnlySpan<byte> payload, Span<byte> value)
    {
        using var memory = new PayloadMemory();
        var cursor = new PayloadCursor(payload[1..^DumpWriter.FooterBytes]);
        return cursor.TryString(memory, out ReadOnlySpan<byte> text) && text.TryCopyTo(value);
    }
}
