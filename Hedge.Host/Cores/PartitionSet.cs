using System.Numerics;
using System.Runtime.CompilerServices;

namespace Hedge.Host.Cores;

/// <summary>A set of partition numbers below <see cref="PartitionsMax"/>.</summary>
internal struct PartitionSet : IEquatable<PartitionSet>
{
    /// <summary>Most partitions a data directory may have.</summary>
    public const int PartitionsMax = 256;

    private Words _words;

    /// <summary>True for the empty set.</summary>
    public readonly bool IsEmpty => (_words[0] | _words[1] | _words[2] | _words[3]) == 0;

    /// <summary>The set of all partitions below <paramref name="count"/>.</summary>
    public static PartitionSet All(int count)
    {
        PartitionSet set = default;
        for (int i = 0; i < count; i++) set.Add(i);
        return set;
    }

    public void Add(int partition) => _words[partition >> 6] |= 1UL << (partition & 63);

    public readonly bool Contains(int partition) => (_words[partition >> 6] >> (partition & 63) & 1) != 0;

    /// <summary>The smallest member at or above <paramref name="from"/>, or -1.</summary>
    public readonly int Next(int from)
    {
        for (int word = from >> 6; word < 4; word++)
        {
            ulong bits = _words[word];
            if (word == from >> 6) bits &= ulong.MaxValue << (from & 63);
            if (bits != 0) return (word << 6) + BitOperations.TrailingZeroCount(bits);
        }

        return -1;
    }

    public readonly bool Equals(PartitionSet other) =>
        _words[0] == other._words[0] && _words[1] == other._words[1]
        && _words[2] == other._words[2] && _words[3] == other._words[3];

    public override readonly bool Equals(object? obj) => obj is PartitionSet other && Equals(other);

    public override readonly int GetHashCode() =>
        HashCode.Combine(_words[0], _words[1], _words[2], _words[3]);

    [InlineArray(4)]
    private struct Words
    {
        private ulong _first;
    }
}
