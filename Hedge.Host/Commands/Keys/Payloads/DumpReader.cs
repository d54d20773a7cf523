using System.Buffers.Binary;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Looks at what <see cref="DumpWriter"/> and Redis (up to RDB version 11, of 7.2) write.</summary>
internal static class DumpReader
{
    /// <summary>The last version of RDB files and payloads that is known.</summary>
    public const int VersionMax = 11;

    /// <summary>True when the payload's version is known and its checksum right.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < DumpWriter.FooterBytes) return false;
        int end = payload.Length - 8;
        return BinaryPrimitives.ReadUInt16LittleEndian(payload[(end - 2)..]) <= VersionMax
            && BinaryPrimitives.ReadUInt64LittleEndian(payload[end..]) == Crc64.Compute(payload[..end]);
    }

    /// <summary>The type of what an intact payload holds; null when no type has that number.</summary>
    public static RecordType? TypeOf(ReadOnlySpan<byte> payload)
    {
        return payload.Length == DumpWriter.FooterBytes ? null : TypeOf((DumpType)payload[0]);
    }

    /// <summary>The type that such a number stands for; null when none has it.</summary>
    public static RecordType? TypeOf(DumpType type) => type switch
    {
        DumpType.String => RecordType.String,
        DumpType.List or DumpType.ListZiplist or DumpType.ListOfZiplists or DumpType.ListOfListpacks =>
            RecordType.List,
        DumpType.Set or DumpType.SetIntset or DumpType.SetListpack => RecordType.Set,
        DumpType.SortedSet or DumpType.SortedSetWithTexts or DumpType.SortedSetZiplist
            or DumpType.SortedSetListpack => RecordType.SortedSet,
        DumpType.Hash or DumpType.HashZipmap or DumpType.HashZiplist or DumpType.HashListpack =>
            RecordType.Hash,
        DumpType.StreamOfSix or DumpType.Stream or DumpType.StreamOfSevenTwo => RecordType.Stream,
        _ => null,
    };

    /// <summary>The length of the string in an intact payload of one; false when it is malformed.</summary>
    public static bool TryLength(ReadOnlySpan<byte> payload, out int length)
    {
        bool isString = PayloadCursor.OfBody(payload).TrySkipString(out long bytes);
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
        var cursor = PayloadCursor.OfBody(payload);
        return cursor.TryString(memory, out ReadOnlySpan<byte> text) && text.TryCopyTo(value);
    }
}
