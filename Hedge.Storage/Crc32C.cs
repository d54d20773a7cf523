using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hedge.Storage;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) with the processor's instruction. Chains: the sum of <c>a</c>
/// followed by <c>b</c> is <c>Compute(b, Compute(a))</c>.
/// </summary>
/// <remarks>
/// The instruction takes three cycles but one can start every cycle, so long spans are summed as three
/// neighbouring lanes at once, which are then joined: joining moves a sum over a known number of zero bytes,
/// a linear map whose four byte-wise tables are made once.
/// </remarks>
public static class Crc32C
{
    private const int LongLaneBytes = 2048;
    private const int ShortLaneBytes = 256;
    private const uint ReversedPolynomial = 0x82F63B78;
    private static readonly uint[] LongShift = MakeShift(LongLaneBytes);
    private static readonly uint[] ShortShift = MakeShift(ShortLaneBytes);

    /// <summary>
    /// The sum of <paramref name="data"/>, going on from <paramref name="seed"/> (an earlier sum, or 0).
    /// </summary>
    public static uint Compute(ReadOnlySpan<byte> data, uint seed = 0)
    {
        uint crc = ~seed;
        ref byte at = ref MemoryMarshal.GetReference(data);
        nuint length = (nuint)data.Length;
        if (length >= 3 * ShortLaneBytes)
        {
            crc = Lanes(ref at, ref length, crc, LongLaneBytes, LongShift);
            at = ref Unsafe.Add(ref MemoryMarshal.GetReference(data), (nuint)data.Length - length);
            crc = Lanes(ref at, ref length, crc, ShortLaneBytes, ShortShift);
            at = ref Unsafe.Add(ref MemoryMarshal.GetReference(data), (nuint)data.Length - length);
        }

        for (; length >= 8; length -= 8)
        {
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref at));
            at = ref Unsafe.Add(ref at, 8);
        }

        if ((length & 4) != 0)
        {
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<uint>(ref at));
            at = ref Unsafe.Add(ref at, 4);
        }

        if ((length & 2) != 0)
        {
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ushort>(ref at));
            at = ref Unsafe.Add(ref at, 2);
        }

        if ((length & 1) != 0) crc = BitOperations.Crc32C(crc, at);
        return ~crc;
    }

    private static uint Lanes(ref byte at, ref nuint length, uint crc, int lane, uint[] shift)
    {
        nuint bytes = (nuint)lane;
        while (length >= 3 * bytes)
        {
            uint second = 0;
            uint third = 0;
            for (nuint i = 0; i < bytes; i += 8)
            {
                crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, i)));
                second = BitOperations.Crc32C(
                    second, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, bytes + i)));
                third = BitOperations.Crc32C(
                    third, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, (2 * bytes) + i)));
            }

            crc = Shift(shift, Shift(shift, crc) ^ second) ^ third;
            at = ref Unsafe.Add(ref at, 3 * bytes);
            length -= 3 * bytes;
        }

        return crc;
    }

    private static uint Shift(uint[] table, uint crc) =>
        table[crc & 0xFF] ^ table[256 + ((crc >> 8) & 0xFF)]
        ^ table[512 + ((crc >> 16) & 0xFF)] ^ table[768 + (crc >> 24)];

    private static uint[] MakeShift(int zeroBytes)
    {
        uint[] columns = new uint[32];
        for (int bit = 0; bit < 32; bit++)
        {
            uint crc = 1u << bit;
            for (int i = 0; i < zeroBytes * 8; i++)
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? ReversedPolynomial : 0);
            columns[bit] = crc;
        }

        uint[] table = new uint[1024];
        for (int position = 0; position < 4; position++)
        {
            for (int value = 1; value < 256; value++)
            {
                int low = BitOperations.TrailingZeroCount(value);
                table[(position * 256) + value] =
                    table[(position * 256) + (value & (value - 1))] ^ columns[(position * 8) + low];
            }
        }

        return table;
    }
}
