using System.Buffers.Binary;
using System.Buffers.Text;
using Hedge.Host.Declarations;
using Hedge.Storage.Keys;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>What reading a payload came to.</summary>
internal enum DumpStatus
{
    /// <summary>A string.</summary>
    String,

    /// <summary>Well formed so far, of a type that is not stored here.</summary>
    OtherType,

    /// <summary>Not a payload of this format.</summary>
    Malformed,
}

/// <summary>Reads what <see cref="DumpWriter"/> and Redis (up to RDB version 10) write; the grammar is
/// there.</summary>
internal static class DumpReader
{
    private const byte TypeMax = 19;
    private const byte ModuleTypeWithoutLength = 6;
    private const byte FirstUnusedType = 8;

    private enum Form
    {
        Malformed,
        Number,
        Verbatim,
        Compressed,
    }

    /// <summary>True when the payload's version is known and its checksum right.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < DumpWriter.FooterBytes) return false;
        int end = payload.Length - 8;
        return BinaryPrimitives.ReadUInt16LittleEndian(payload[(end - 2)..]) <= DumpWriter.Version
            && BinaryPrimitives.ReadUInt64LittleEndian(payload[end..]) == Crc64.Compute(payload[..end]);
    }

    /// <summary>Finds what an intact payload holds, without expanding it.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="length">Length of the string.</param>
    public static DumpStatus Examine(ReadOnlySpan<byte> payload, out int length)
    {
        length = 0;
        ReadOnlySpan<byte> body = payload[..^DumpWriter.FooterBytes];
        if (body.IsEmpty || !IsType(body[0])) return DumpStatus.Malformed;
        if (body[0] != 0) return DumpStatus.OtherType;
        Form form = Examine(body[1..], out _, out long bytes, out _);
        if (form == Form.Malformed || bytes > KeyLimits.ValueBytesMax) return DumpStatus.Malformed;
        length = (int)bytes;
        return DumpStatus.String;
    }

    /// <summary>Reads the string of an examined payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="value">Room for the string, exactly as long as it.</param>
    /// <returns>False when its compressed form is broken.</returns>
    public static bool TryReadString(ReadOnlySpan<byte> payload, Span<byte> value)
    {
        ReadOnlySpan<byte> body = payload[1..^DumpWriter.FooterBytes];
        switch (Examine(body, out ReadOnlySpan<byte> bytes, out _, out int number))
        {
            case Form.Number: return Utf8Formatter.TryFormat(number, value, out _);
            case Form.Verbatim: return bytes.TryCopyTo(value);
            case Form.Compressed: return Lzf.TryDecompress(bytes, value);
            default: return false;
        }
    }

    // The types of RDB version 10; 8 was never used.
    private static bool IsType(byte type) =>
        type <= TypeMax && type is not FirstUnusedType and not ModuleTypeWithoutLength;

    private static Form Examine(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> bytes, out long length,
        out int number)
    {
        bytes = default;
        length = number = 0;
        if (body.IsEmpty) return Form.Malformed;
        switch (body[0])
        {
            case 0xC0 when body.Length >= 2:
                number = (sbyte)body[1];
                break;
            case 0xC1 when body.Length >= 3:
                number = BinaryPrimitives.ReadInt16LittleEndian(body[1..]);
                break;
            case 0xC2 when body.Length >= 5:
                number = BinaryPrimitives.ReadInt32LittleEndian(body[1..]);
                break;
            case 0xC3: return ExamineCompressed(body[1..], out bytes, out length);
            case >= 0xC0: return Form.Malformed;
            default:
                bool whole = TryReadLength(ref body, out ulong verbatim) && verbatim <= (ulong)body.Length;
                if (!whole) return Form.Malformed;
                bytes = body[..(int)verbatim];
                length = bytes.Length;
                return Form.Verbatim;
        }

        Span<byte> text = stackalloc byte[Numbers.Int64CharactersMax];
        Utf8Formatter.TryFormat(number, text, out int characters);
        length = characters;
        return Form.Number;
    }

    private static Form ExamineCompressed(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> stream,
        out long length)
    {
        stream = default;
        length = 0;
        if (!TryReadLength(ref body, out ulong compressed) || !TryReadLength(ref body, out ulong original)
            || compressed > (ulong)body.Length || original > compressed * Lzf.ExpansionMax)
        {
            return Form.Malformed;
        }

        // Redis takes any stream for an empty string when that is what it should give.
        if (original == 0) return Form.Verbatim;
        stream = body[..(int)compressed];
        length = (long)original;
        return Form.Compressed;
    }

    // In front of a compressed string Redis takes the mark of an encoded one (11nnnnnn) for a length of six
    // bits.
    private static bool TryReadLength(ref ReadOnlySpan<byte> body, out ulong length)
    {
        length = 0;
        if (body.IsEmpty) return false;
        byte first = body[0];
        int size = first switch { 0x80 => 5, 0x81 => 9, >= 0x40 and < 0x80 => 2, _ => 1 };
        if (first is > 0x81 and < 0xC0 || body.Length < size) return false;
        length = size switch
        {
            1 => (ulong)(first & 0x3F),
            2 => (ulong)(BinaryPrimitives.ReadUInt16BigEndian(body) & 0x3FFF),
            5 => BinaryPrimitives.ReadUInt32BigEndian(body[1..]),
            _ => BinaryPrimitives.ReadUInt64BigEndian(body[1..]),
        };
        body = body[size..];
        return true;
    }
}
