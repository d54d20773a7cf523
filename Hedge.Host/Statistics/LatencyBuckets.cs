using System.Numerics;
using System.Runtime.CompilerServices;

namespace Hedge.Host.Statistics;

/// <summary>
/// The buckets of a latency histogram: 2^<c>bits</c> per power of two, so each so much of its value wide, and
/// exact up to twice that many. Callers give <c>bits</c> as a constant.
/// </summary>
internal static class LatencyBuckets
{
    /// <summary>How many there are for values below 2^<paramref name="powerEnd"/>.</summary>
    public static int Count(int bits, int powerEnd) => (powerEnd - bits + 1) << bits;

    /// <summary>The bucket of a value, which may lie behind the last one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of(long value, int bits)
    {
        if (value < 1L << bits) return (int)Math.Max(0, value);
        int power = BitOperations.Log2((ulong)value);
        return ((power - bits + 1) << bits) + (int)((value >> (power - bits)) & ((1 << bits) - 1));
    }

    /// <summary>The greatest value of a bucket.</summary>
    public static long LastOf(int bucket, int bits)
    {
        if (bucket < 1 << bits) return bucket;
        int shift = (bucket >> bits) - 1;
        long first = (long)((1 << bits) + (bucket & ((1 << bits) - 1))) << shift;
        return first + (1L << shift) - 1;
    }

    /// <summary>The bucket in which <paramref name="percentile"/> (0…100) of the values have been passed; of
    /// one or more values.</summary>
    public static int OfPercentile(ReadOnlySpan<long> counts, long total, double percentile)
    {
        long wanted = Math.Max(1, (long)Math.Ceiling(total * percentile / 100));
        int i = 0;
        for (long seen = counts[0]; seen < wanted && i < counts.Length - 1; seen += counts[i]) i++;
        return i;
    }
}
