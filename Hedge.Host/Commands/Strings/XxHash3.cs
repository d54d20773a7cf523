using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Hedge.Host.Commands.Strings;

/// <summary>XXH3 with 64 bits and without a seed, as DIGEST shows it: Yann Collet's hash, by its public
/// specification. It has a way of its own for each class of lengths: up to 16, 128 and 240 bytes, and
/// longer.</summary>
internal static class XxHash3
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;
    private const uint Short1 = 0x9E3779B1;
    private const uint Short2 = 0x85EBCA77;
    private const uint Short3 = 0xC2B2AE3D;
    private const ulong MixPrime = 0x165667919E3779F9;
    private const ulong MiddlePrime = 0x9FB21C651E98DF25;
    private const int StripeBytes = 64;
    private const int StripesOfBlock = 16;
    private const int BlockBytes = StripeBytes * StripesOfBlock;
    private const int Lanes = 8;

    private static ReadOnlySpan<byte> Secret =>
    [
        0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
        0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
        0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
        0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
        0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
        0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
        0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
        0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
        0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
        0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
        0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
        0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
    ];

    /// <summary>The hash.</summary>
    public static ulong Compute(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        0 => EndShort(Long(Secret, 56) ^ Long(Secret, 64)),
        <= 3 => OfThree(bytes),
        <= 8 => OfEight(bytes),
        <= 16 => OfSixteen(bytes),
        <= 128 => OfLine(bytes),
        <= 240 => OfLines(bytes),
        _ => OfMany(bytes),
    };

    private static ulong OfThree(ReadOnlySpan<byte> bytes)
    {
        uint all = ((uint)bytes[0] << 16) | ((uint)bytes[bytes.Length >> 1] << 24) | bytes[^1]
            | ((uint)bytes.Length << 8);
        return EndShort(all ^ (ulong)(Short(Secret, 0) ^ Short(Secret, 4)));
    }

    private static ulong OfEight(ReadOnlySpan<byte> bytes)
    {
        ulong all = Short(bytes, bytes.Length - 4) + ((ulong)Short(bytes, 0) << 32);
        ulong hash = all ^ Long(Secret, 8) ^ Long(Secret, 16);
        hash ^= BitOperations.RotateLeft(hash, 49) ^ BitOperations.RotateLeft(hash, 24);
        hash *= MiddlePrime;
        hash ^= (hash >> 35) + (ulong)bytes.Length;
        hash *= MiddlePrime;
        return hash ^ (hash >> 28);
    }

    private static ulong OfSixteen(ReadOnlySpan<byte> bytes)
    {
        ulong low = Long(bytes, 0) ^ Long(Secret, 24) ^ Long(Secret, 32);
        ulong high = Long(bytes, bytes.Length - 8) ^ Long(Secret, 40) ^ Long(Secret, 48);
        ulong sum = (ulong)bytes.Length + BinaryPrimitives.ReverseEndianness(low) + high;
        return End(sum + Fold(low, high));
    }

    // Pairs of 16 bytes from both ends, from the middle outwards.
    private static ulong OfLine(ReadOnlySpan<byte> bytes)
    {
        ulong sum = (ulong)bytes.Length * Prime1;
        for (int i = (bytes.Length - 1) / 32; i >= 0; i--)
        {
            sum += Mix(bytes, 16 * i, 32 * i);
            sum += Mix(bytes, bytes.Length - (16 * (i + 1)), (32 * i) + 16);
        }

        return End(sum);
    }

    private static ulong OfLines(ReadOnlySpan<byte> bytes)
    {
        ulong sum = (ulong)bytes.Length * Prime1;
        for (int i = 0; i < 8; i++) sum += Mix(bytes, 16 * i, 16 * i);
        sum = End(sum);
        for (int i = 8; i < bytes.Length / 16; i++) sum += Mix(bytes, 16 * i, (16 * (i - 8)) + 3);
        return End(sum + Mix(bytes, bytes.Length - 16, 136 - 17));
    }

    private static ulong OfMany(ReadOnlySpan<byte> bytes)
    {
        Span<ulong> sums = [Short3, Prime1, Prime2, Prime3, Prime4, Short2, Prime5, Short1];
        int start = 0;
        for (; bytes.Length - start > BlockBytes; start += BlockBytes)
        {
            for (int i = 0; i < StripesOfBlock; i++) Add(sums, bytes[(start + (i * StripeBytes))..], 8 * i);
            for (int i = 0; i < Lanes; i++)
            {
                ulong sum = sums[i];
                sums[i] = (sum ^ (sum >> 47) ^ Long(Secret, Secret.Length - StripeBytes + (8 * i))) * Short1;
            }
        }

        int stripes = (bytes.Length - start - 1) / StripeBytes;
        for (int i = 0; i < stripes; i++) Add(sums, bytes[(start + (i * StripeBytes))..], 8 * i);
        Add(sums, bytes[^StripeBytes..], Secret.Length - StripeBytes - 7);
        ulong result = (ulong)bytes.Length * Prime1;
        for (int i = 0; i < Lanes; i += 2)
            result += Fold(sums[i] ^ Long(Secret, 11 + (8 * i)), sums[i + 1] ^ Long(Secret, 19 + (8 * i)));
        return End(result);
    }

    private static void Add(Span<ulong> sums, ReadOnlySpan<byte> stripe, int secret)
    {
        ReadOnlySpan<ulong> values = MemoryMarshal.Cast<byte, ulong>(stripe[..StripeBytes]);
        ReadOnlySpan<ulong> keys = MemoryMarshal.Cast<byte, ulong>(Secret.Slice(secret, StripeBytes));
        for (int i = 0; i < Lanes; i++)
        {
            ulong value = values[i];
            ulong keyed = value ^ keys[i];
            sums[i ^ 1] += value;
            sums[i] += (uint)keyed * (keyed >> 32);
        }
    }

    private static ulong Mix(ReadOnlySpan<byte> bytes, int at, int secret) =>
        Fold(Long(bytes, at) ^ Long(Secret, secret), Long(bytes, at + 8) ^ Long(Secret, secret + 8));

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }

    private static ulong End(ulong hash)
    {
        hash = (hash ^ (hash >> 37)) * MixPrime;
        return hash ^ (hash >> 32);
    }

    private static ulong EndShort(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    private static ulong Long(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private static uint Short(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
