using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Hedge.Storage.Manifests;

namespace Hedge.Host.Clients;

/// <summary>A set of partition numbers below <see cref="DataDirectory.PartitionsMax"/>.</summary>
internal struct PartitionSet : IEquatable<PartitionSet>
{
    private const int WordCount = DataDirectory.PartitionsMax / 64;

    private Words _words;

    /// <summary>True for the empty set.</summary>
    public readonly bool IsEmpty => !Bits.ContainsAnyExcept(0UL);

    [UnscopedRef]
    private readonly ReadOnlySpan<ulong> Bits => _words;

    /// <summary>The set of all partitions below <paramref name="count"/>.</summary>
    public static PartitionSet All(int count)
    {
        PartitionSet set = default;
        for (int i = 0; i < count; i++) set.Add(i);
        return set;
    }

    public void Add(int partition) => _words[partition >> 6] |= 1UL << (partition & 63);

    public void Add(in PartitionSet others)
    {
        for (int word = 0; word < WordCount; word++) _words[word] |= others._words[word];
    }

    public readonly bool Contains(int partition) => (_words[partition >> 6] >> (partition & 63) & 1) != 0;

    /// <summary>True when all partitions below <paramref name="count"/> are members.</summary>
    public readonly bool ContainsAll(int count)
    {
        for (int i = 0; i < count; i++)
            if (!Contains(i)) return false;
        return true;
    }

    /// <summary>The smallest member at or above <paramref name="from"/>, or -1.</summary>
    public readonly int Next(int from)
    {
        for (int word = from >> 6; word < WordCount; word++)
        {
            ulong bits = _words[word];
            if (word == from >> 6) bits &= ulong.MaxValue << (from & 63);
            if (bits != 0) return (word << 6) + BitOperations.TrailingZeroCount(bits);
        }

        return -1;
    }

    public readonly bool Equals(PartitionSet other) => Bits.SequenceEqual(other.Bits);

    public override readonly bool Equals(object? obj) => obj is PartitionSet other && Equals(other);

    public override readonly int GetHashCode()
    {
        var hash = new HashCode();
        foreach (ulong word in Bits) hash.Add(word);
        return hash.ToHashCode();
    }

    [InlineArray(WordCount)]
    private struct Words
    {
        private ulong _first;
    }
}
