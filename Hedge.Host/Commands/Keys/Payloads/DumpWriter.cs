using System.Buffers.Binary;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>
/// Writes what DUMP replies, in Redis's format (RDB version 10).
/// <code>
/// payload  := type(0 = string) string version:u16le checksum:u64le   checksum: CRC-64 of all before it
/// string   := 0xC0 i8 | 0xC1 i16le | 0xC2 i32le       a canonical decimal number in range
///           | 0xC3 length length stream               LZF: compressed length, original length
///           | length byte*
/// length   := 00nnnnnn | 01nnnnnn nnnnnnnn | 0x80 u32be | 0x81 u64be
/// </code>
/// A string of more than 20 bytes is compressed when that saves at least 4 bytes, unless
/// rdbcompression is no.
/// </summary>
internal static class DumpWriter
{
    /// <summary>The format's version.</summary>
    public const ushort Version = 10;

    /// <summary>Length of version and checksum.</summary>
    public const int FooterBytes = 10;

    /// <summary>The most that a length takes.</summary>
    public const int LengthBytesMax = 9;

    /// <summary>What a payload takes at most beyond the value itself.</summary>
    public const int OverheadBytesMax = 32;

    private const int IntegerCharactersMax = 11;
    private const int CompressedBytesMin = 21;
    private const int SavedBytesMin = 4;

    /// <summary>Writes the payload of a string.</summary>
    /// <param name="value">The string.</param>
    /// <param name="payload">At least <see cref="OverheadBytesMax"/> longer than the value.</param>
    /// <param name="compresses">rdbcompression.</param>
    /// <returns>The payload's length.</returns>
    public static int WriteString(ReadOnlySpan<byte> value, Span<byte> payload, bool compresses = true)
    {
        payload[0] = 0;
        int length = 1;
        length += WriteBody(value, payload[length..], compresses);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[length..], Version);
        length += 2;
        BinaryPrimitives.WriteUInt64LittleEndian(payload[length..], Crc64.Compute(payload[..length]));
        return length + 8;
    }

    /// <summary>Writes a string as it stands in payloads.</summary>
    /// <param name="value">The string.</param>
    /// <param name="output">At least <see cref="OverheadBytesMax"/> longer than the string.</param>
    /// <param name="compresses">rdbcompression.</param>
    /// <returns>The length of what was written.</returns>
    public static int WriteBody(ReadOnlySpan<byte> value, Span<byte> output, bool compresses = true)
    {
        if (value.Length <= IntegerCharactersMax && Numbers.TryParseInt64(value, out long number)
            && number is >= int.MinValue and <= int.MaxValue)
        {
            return WriteInteger((int)number, output);
        }

        if (compresses && value.Length >= CompressedBytesMin)
        {
            int compressed = WriteCompressed(value, output);
            if (compressed > 0) return compressed;
        }

        int length = WriteLength((ulong)value.Length, output);
        value.CopyTo(output[length..]);
        return length + value.Length;
    }

    private static int WriteInteger(int number, Span<byte> output)
    {
        if (number is >= sbyte.MinValue and <= sbyte.MaxValue)
        {
            output[0] = 0xC0;
            output[1] = (byte)number;
            return 2;
        }

        if (number is >= short.MinValue and <= short.MaxValue)
        {
            output[0] = 0xC1;
            BinaryPrimitives.WriteInt16LittleEndian(output[1..], (short)number);
            return 3;
        }

        output[0] = 0xC2;
        BinaryPrimitives.WriteInt32LittleEndian(output[1..], number);
        return 5;
    }

    // The compressed length stands before the stream: the stream is made behind room for the longest head,
    // then moved up.
    private static int WriteCompressed(ReadOnlySpan<byte> value, Span<byte> output)
    {
        const int headBytesMax = 11;
        int length = Lzf.Instance.Compress(value, output.Slice(headBytesMax, value.Length - SavedBytesMin));
        if (length == 0) return 0;
        output[0] = 0xC3;
        int head = 1;
        head += WriteLength((ulong)length, output[head..]);
        head += WriteLength((ulong)value.Length, output[head..]);
        output.Slice(headBytesMax, length).CopyTo(output[head..]);
        return head + length;
    }

    /// <summary>Writes a length.</summary>
    /// <returns>How many bytes it takes.</returns>
    public static int WriteLength(ulong length, Span<byte> output)
    {
        switch (length)
        {
            case < 1 << 6:
                output[0] = (byte)length;
                return 1;
            case < 1 << 14:
                BinaryPrimitives.WriteUInt16BigEndian(output, (ushort)(length | 0x4000));
                return 2;
            case <= uint.MaxValue:
                output[0] = 0x80;
                BinaryPrimitives.WriteUInt32BigEndian(output[1..], (uint)length);
                return 5;
            default:
                output[0] = 0x81;
                BinaryPrimitives.WriteUInt64BigEndian(output[1..], length);
                return LengthBytesMax;
        }
    }
}
