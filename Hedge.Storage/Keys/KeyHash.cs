using System.Buffers.Binary;
using System.Numerics;

namespace Hedge.Storage.Keys;

/// <summary>
/// The one 64-bit hash of a key: computed once per command and used by the record table and by every run's
/// filter. Filters are on disk, so the function is part of the run format and never changes.
/// </summary>
/// <remarks>
/// 1. The state starts from the keyspace id and the length.
/// 2. Sixteen bytes at a time are folded in: a 64 × 64 → 128-bit product whose halves are xored onto its
///    factors, so that a factor of zero loses nothing.
/// 3. The last 1–16 bytes are read with overlapping loads; a last fold spreads the state over all bits.
/// Not a defence against chosen keys: it has no secret.
/// </remarks>
public static class KeyHash
{
    private const ulong OddA = 0x9E3779B97F4A7C15;
    private const ulong OddB = 0xC2B2AE3D27D4EB4F;
    private const ulong OddC = 0xD6E8FEB86659FD93;

    /// <summary>The hash of <paramref name="userKey"/> in the keyspace <paramref name="keyspace"/>.</summary>
    public static ulong Compute(uint keyspace, ReadOnlySpan<byte> userKey) =>
        Absorb((keyspace + OddC) * OddA + (uint)userKey.Length, userKey);

    /// <summary>The hash of some bytes under a seed. With a seed that nobody knows, chosen bytes do not have
    /// the same hash.</summary>
    public static ulong Compute(ulong seed, ReadOnlySpan<byte> userKey) =>
        Absorb(Fold(seed ^ OddB, (uint)userKey.Length + OddA), userKey);

    private static ulong Absorb(ulong state, ReadOnlySpan<byte> userKey)
    {
        while (userKey.Length > 16)
        {
            state = Fold(BinaryPrimitives.ReadUInt64LittleEndian(userKey) ^ OddA,
                BinaryPrimitives.ReadUInt64LittleEndian(userKey[8..]) ^ state);
            userKey = userKey[16..];
        }

        ulong first = 0;
        ulong second = 0;
        int length = userKey.Length;
        if (length >= 8)
        {
            first = BinaryPrimitives.ReadUInt64LittleEndian(userKey);
            second = BinaryPrimitives.ReadUInt64LittleEndian(userKey[(length - 8)..]);
        }
        else if (length >= 4)
        {
            first = BinaryPrimitives.ReadUInt32LittleEndian(userKey);
            second = BinaryPrimitives.ReadUInt32LittleEndian(userKey[(length - 4)..]);
        }
        else if (length > 0)
        {
            first = (ulong)userKey[0] << 16 | (ulong)userKey[length >> 1] << 8 | userKey[length - 1];
        }

        state = Fold(first ^ OddB, second ^ state);
        return Fold(state ^ OddC, OddA ^ BitOperations.RotateLeft(state, 32));
    }

    private static ulong Fold(ulong x, ulong y)
    {
        ulong high = Math.BigMul(x, y, out ulong low);
        return low ^ x ^ BitOperations.RotateLeft(high ^ y, 23);
    }
}
