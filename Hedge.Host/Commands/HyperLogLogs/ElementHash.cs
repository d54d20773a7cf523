using System.Buffers.Binary;
using System.Numerics;

namespace Hedge.Host.Commands.HyperLogLogs;

/// <summary>Where an element goes: MurmurHash64A (Austin Appleby, public domain) of little-endian words, with
/// the seed that is part of Redis's format.</summary>
internal static class ElementHash
{
    private const uint Seed = 0xADC83B19;
    private const ulong Multiplier = 0xC6A4A7935BD1E995;
    private const int Shift = 47;

    /// <summary>The register of an element and the value that it asks for: one more than the number of zero
    /// bits that the rest of its hash begins with, from the lowest on.</summary>
    public static (int Register, int Value) Place(ReadOnlySpan<byte> element)
    {
        ulong hash = Compute(element);
        int register = (int)(hash & (HyperLogLog.Registers - 1));
        ulong rest = (hash >> HyperLogLog.IndexBits) | (1UL << (64 - HyperLogLog.IndexBits));
        return (register, BitOperations.TrailingZeroCount(rest) + 1);
    }

    /// <summary>The hash.</summary>
    public static ulong Compute(ReadOnlySpan<byte> bytes)
    {
        ulong hash = Seed ^ ((ulong)bytes.Length * Multiplier);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes) * Multiplier;
            word ^= word >> Shift;
            hash = (hash ^ (word * Multiplier)) * Multiplier;
        }

        if (!bytes.IsEmpty)
        {
            ulong tail = 0;
            for (int i = 0; i < bytes.Length; i++) tail |= (ulong)bytes[i] << (8 * i);
            hash = (hash ^ tail) * Multiplier;
        }

        hash = (hash ^ (hash >> Shift)) * Multiplier;
        return hash ^ (hash >> Shift);
    }
}
