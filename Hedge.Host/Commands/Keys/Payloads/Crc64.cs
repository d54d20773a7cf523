using System.Buffers.Binary;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>
/// CRC-64 with the polynomial of David T. Jones (0xad93d23594c935a9, reflected, no inversions), as in Redis's
/// DUMP payloads. Eight bytes a step by eight tables.
/// </summary>
internal static class Crc64
{
    private const ulong ReflectedPolynomial = 0x95ac9329ac4bc9b5;

    private static readonly ulong[] Tables = BuildTables();

    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static ulong Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of bytes whose first ones have the checksum <paramref name="crc"/>.</summary>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> tables = Tables;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc ^= BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            crc = tables[(7 * 256) + (byte)crc] ^ tables[(6 * 256) + (byte)(crc >> 8)]
                ^ tables[(5 * 256) + (byte)(crc >> 16)] ^ tables[(4 * 256) + (byte)(crc >> 24)]
                ^ tables[(3 * 256) + (byte)(crc >> 32)] ^ tables[(2 * 256) + (byte)(crc >> 40)]
                ^ tables[256 + (byte)(crc >> 48)] ^ tables[(byte)(crc >> 56)];
        }

        foreach (byte b in bytes) crc = (crc >> 8) ^ tables[(byte)(crc ^ b)];
        return crc;
    }

    // Table k holds what a byte becomes k bytes later.
    private static ulong[] BuildTables()
    {
        ulong[] tables = new ulong[8 * 256];
        for (int i = 0; i < 256; i++)
        {
            ulong crc = (ulong)i;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? ReflectedPolynomial : 0);
            tables[i] = crc;
        }

        for (int i = 256; i < tables.Length; i++)
            tables[i] = (tables[i - 256] >> 8) ^ tables[(byte)tables[i - 256]];
        return tables;
    }
}
