using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hedge.Host.Slots;

/// <summary>
/// Hash slots, as in Redis Cluster: CRC16 (XMODEM: polynomial 0x1021, initial value 0) of the key, or of the
/// part between the first '{' and the next '}' when that is not empty, modulo 16384.
/// </summary>
internal static class HashSlots
{
    /// <summary>Number of hash slots.</summary>
    public const int Count = 16384;

    // Table[k][b]: the CRC of byte b followed by k zero bytes, so that eight bytes are folded in one step.
    private static readonly ushort[] Table = BuildTable();

    /// <summary>The key's slot.</summary>
    public static int Of(ReadOnlySpan<byte> key)
    {
        int open = key.IndexOf((byte)'{');
        if (open >= 0)
        {
            int length = key[(open + 1)..].IndexOf((byte)'}');
            if (length > 0) key = key.Slice(open + 1, length);
        }

        return Crc16(key) & (Count - 1);
    }

    /// <summary>CRC16 of the bytes.</summary>
    public static int Crc16(ReadOnlySpan<byte> data)
    {
        ref ushort table = ref MemoryMarshal.GetArrayDataReference(Table);
        uint crc = 0;
        while (data.Length >= 8)
        {
            crc = (uint)(Unsafe.Add(ref table, (7 * 256) + (int)(data[0] ^ (crc >> 8)))
                ^ Unsafe.Add(ref table, (6 * 256) + (int)(data[1] ^ (crc & 0xFF)))
                ^ Unsafe.Add(ref table, (5 * 256) + data[2])
                ^ Unsafe.Add(ref table, (4 * 256) + data[3])
                ^ Unsafe.Add(ref table, (3 * 256) + data[4])
                ^ Unsafe.Add(ref table, (2 * 256) + data[5])
                ^ Unsafe.Add(ref table, 256 + data[6])
                ^ Unsafe.Add(ref table, data[7]));
            data = data[8..];
        }

        foreach (byte b in data) crc = ((crc << 8) & 0xFFFF) ^ Unsafe.Add(ref table, (int)((crc >> 8) ^ b));
        return (int)crc;
    }

    private static ushort[] BuildTable()
    {
        var table = new ushort[8 * 256];
        for (int b = 0; b < 256; b++)
        {
            uint crc = (uint)b << 8;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            table[b] = (ushort)crc;
        }

        for (int k = 1; k < 8; k++)
        {
            for (int b = 0; b < 256; b++)
            {
                uint crc = table[((k - 1) * 256) + b];
                table[(k * 256) + b] = (ushort)(((crc << 8) & 0xFFFF) ^ table[crc >> 8]);
            }
        }

        return table;
    }
}
