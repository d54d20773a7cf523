using System.Numerics;

namespace Hedge.Host.Benchmarks;

/// <summary>
/// How often something took how long, in nanoseconds: 32 buckets per power of two (3 % wide), up to about an
/// hour. Fixed size; owned by one core until the end of its phase.
/// </summary>
internal sealed class LatencyRecorder
{
    private const int BucketBits = 5;
    private const int BucketsPerPower = 1 << BucketBits;
    private const int PowerMax = 42;
    private const int BucketCount = (PowerMax - BucketBits + 2) * BucketsPerPower;

    private readonly long[] _counts = new long[BucketCount];

    /// <summary>Number of values.</summary>
    public long Total { get; private set; }

    /// <summary>The greatest value.</summary>
    public long Max { get; private set; }

    /// <summary>Counts a value that stands for several.</summary>
    public void Record(long nanoseconds, long weight)
    {
        Total += weight;
        if (nanoseconds > Max) Max = nanoseconds;
        _counts[BucketOf(nanoseconds)] += weight;
    }

    /// <summary>Adds another recorder's values.</summary>
    public void Add(LatencyRecorder other)
    {
        Total += other.Total;
        Max = Math.Max(Max, other.Max);
        for (int i = 0; i < BucketCount; i++) _counts[i] += other._counts[i];
    }

    /// <summary>The end of the bucket that <paramref name="percentile"/> (0…100) of the values do not exceed,
    /// at most <see cref="Max"/>; 0 without values.</summary>
    public long Percentile(double percentile)
    {
        if (Total == 0) return 0;
        long wanted = Math.Max(1, (long)Math.Ceiling(Total * percentile / 100));
        int i = 0;
        for (long seen = _counts[0]; seen < wanted && i < BucketCount - 1; seen += _counts[i]) i++;
        return Math.Min(Max, LastOf(i));
    }

    private static int BucketOf(long value)
    {
        if (value < BucketsPerPower) return (int)Math.Max(0, value);
        int power = BitOperations.Log2((ulong)value);
        int bucket = ((power - BucketBits + 1) << BucketBits)
            + (int)((value >> (power - BucketBits)) & (BucketsPerPower - 1));
        return Math.Min(bucket, BucketCount - 1);
    }

    private static long LastOf(int bucket)
    {
        if (bucket < BucketsPerPower) return bucket;
        int shift = (bucket >> BucketBits) - 1;
        long first = (long)(BucketsPerPower + (bucket & (BucketsPerPower - 1))) << shift;
        return first + (1L << shift) - 1;
    }
}
