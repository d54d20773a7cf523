using System.Buffers.Binary;

namespace Hedge.Host.Benchmarks;

/// <summary>
/// The benchmark's keys: 16 hexadecimal digits of a 64-bit number, then '.' up to the key's length. The
/// number is the id itself (ordered keys: ids count up in key order) or a bijective mix of it (mixed keys:
/// ids count up in random key order). No two ids share a key, and the key tells its id.
/// </summary>
internal sealed class KeySpace(int keyBytes, bool isOrdered)
{
    /// <summary>Bytes of the shortest key.</summary>
    public const int KeyBytesMin = 16;

    private const ulong OddA = 0xD6E8FEB86659FD93;
    private const ulong OddB = 0xC2B2AE3D27D4EB4F;
    private const ulong Nibbles = 0x0F0F0F0F0F0F0F0F;

    private static readonly ulong InverseA = Inverse(OddA);
    private static readonly ulong InverseB = Inverse(OddB);

    /// <summary>Bytes of every key.</summary>
    public int KeyBytes => keyBytes;

    /// <summary>Makes a buffer for one key, with everything that is the same in all keys in place.</summary>
    public Memory<byte> NewKey()
    {
        byte[] key = new byte[keyBytes];
        key.AsSpan().Fill((byte)'.');
        return key;
    }

    /// <summary>Writes an id's digits into a buffer of <see cref="NewKey"/>.</summary>
    public void Write(Span<byte> key, ulong id)
    {
        ulong number = isOrdered ? id : Mix(id);
        BinaryPrimitives.WriteUInt64BigEndian(key, Digits((uint)(number >> 32)));
        BinaryPrimitives.WriteUInt64BigEndian(key[8..], Digits((uint)number));
    }

    /// <summary>The id of a key; false for bytes that are no key of this space.</summary>
    public bool TryRead(ReadOnlySpan<byte> key, out ulong id)
    {
        id = 0;
        if (key.Length != keyBytes || key[16..].IndexOfAnyExcept((byte)'.') >= 0) return false;
        ulong high = BinaryPrimitives.ReadUInt64BigEndian(key);
        ulong low = BinaryPrimitives.ReadUInt64BigEndian(key[8..]);
        ulong number = ((ulong)Number(high) << 32) | Number(low);
        if (Digits((uint)(number >> 32)) != high || Digits((uint)number) != low) return false;
        id = isOrdered ? number : Unmix(number);
        return true;
    }

    /// <summary>A one-to-one mapping of 64-bit numbers whose neighbours lie far apart.</summary>
    public static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 32)) * OddA;
        x = (x ^ (x >> 32)) * OddB;
        return x ^ (x >> 32);
    }

    /// <summary>The inverse of <see cref="Mix"/>.</summary>
    public static ulong Unmix(ulong x)
    {
        x = (x ^ (x >> 32)) * InverseB;
        x = (x ^ (x >> 32)) * InverseA;
        return x ^ (x >> 32);
    }

    // Eight nibbles, one per byte, then each to its ASCII digit.
    private static ulong Digits(uint number)
    {
        ulong x = number;
        x = ((x << 16) | x) & 0x0000FFFF0000FFFF;
        x = ((x << 8) | x) & 0x00FF00FF00FF00FF;
        x = ((x << 4) | x) & Nibbles;
        ulong letters = ((x + 0x0606060606060606) >> 4) & 0x0101010101010101;
        return x + 0x3030303030303030 + (letters * 0x27);
    }

    private static uint Number(ulong digits)
    {
        ulong x = (digits & Nibbles) + (((digits >> 6) & 0x0101010101010101) * 9);
        x = ((x >> 4) | x) & 0x00FF00FF00FF00FF;
        x = ((x >> 8) | x) & 0x0000FFFF0000FFFF;
        return (uint)((x >> 16) | x);
    }

    // Newton's iteration: each step doubles the number of right low bits.
    private static ulong Inverse(ulong odd)
    {
        ulong inverse = odd;
        for (int bits = 3; bits < 64; bits *= 2)
            inverse *= 2 - (odd * inverse);
        return inverse;
    }
}
