namespace Hedge.Host.Commands.HyperLogLogs;

/// <summary>Registers of six bits each, four in three bytes.</summary>
internal static class DenseRegisters
{
    private const int Mask = 63;

    /// <summary>The bytes in which a register stands, two at most.</summary>
    public static Range BytesOf(int register)
    {
        int first = register * 6 / 8;
        int last = ((register * 6) + 5) / 8;
        return first..(last + 1);
    }

    /// <summary>A register's value.</summary>
    public static int Get(ReadOnlySpan<byte> dense, int register)
    {
        int at = register * 6 / 8, shift = register * 6 % 8;
        int two = dense[at] | (at + 1 < dense.Length ? dense[at + 1] << 8 : 0);
        return (two >> shift) & Mask;
    }

    /// <summary>Sets a register.</summary>
    /// <param name="bytes">The bytes in which it stands (<see cref="BytesOf"/>).</param>
    /// <param name="register">Its number.</param>
    /// <param name="value">Its value.</param>
    public static void Set(Span<byte> bytes, int register, int value)
    {
        int shift = register * 6 % 8;
        bytes[0] = (byte)((bytes[0] & ~(Mask << shift)) | (value << shift));
        if (bytes.Length > 1)
            bytes[1] = (byte)((bytes[1] & ~(Mask >> (8 - shift))) | (value >> (8 - shift)));
    }

    /// <summary>Raises registers, one byte each, to those of a dense value.</summary>
    public static void Merge(ReadOnlySpan<byte> dense, Span<byte> registers)
    {
        for (int from = 0, to = 0; to < registers.Length; from += 3, to += 4)
        {
            int three = Three(dense.Slice(from, 3));
            Span<byte> four = registers.Slice(to, 4);
            four[0] = Math.Max(four[0], (byte)(three & Mask));
            four[1] = Math.Max(four[1], (byte)((three >> 6) & Mask));
            four[2] = Math.Max(four[2], (byte)((three >> 12) & Mask));
            four[3] = Math.Max(four[3], (byte)(three >> 18));
        }
    }

    /// <summary>Writes registers, one byte each, in the dense form.</summary>
    public static void Pack(ReadOnlySpan<byte> registers, Span<byte> dense)
    {
        for (int from = 0, to = 0; from < registers.Length; from += 4, to += 3)
        {
            ReadOnlySpan<byte> four = registers.Slice(from, 4);
            int three = four[0] | (four[1] << 6) | (four[2] << 12) | (four[3] << 18);
            dense[to] = (byte)three;
            dense[to + 1] = (byte)(three >> 8);
            dense[to + 2] = (byte)(three >> 16);
        }
    }

    /// <summary>Adds to each value's count the number of registers that have it.</summary>
    public static void Count(ReadOnlySpan<byte> dense, Span<int> counts)
    {
        for (int from = 0; from < dense.Length; from += 3)
        {
            int three = Three(dense.Slice(from, 3));
            counts[three & Mask]++;
            counts[(three >> 6) & Mask]++;
            counts[(three >> 12) & Mask]++;
            counts[three >> 18]++;
        }
    }

    private static int Three(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
