using System.Numerics;

namespace Hedge.Host.Statistics;

/// <summary>
/// How often something took how long, in microseconds: exact up to 15, then 8 buckets per power of two (12.5
/// % wide), up to about a second and everything above. Fixed size; recording is one increment.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int ExactCount = 16;
    private const int BucketsPerPower = 8;
    private const int FirstPower = 4;
    private const int PowersMax = 17;
    private const int BucketCount = ExactCount + (PowersMax * BucketsPerPower);

    private readonly long[] _counts = new long[BucketCount];

    /// <summary>Number of values.</summary>
    public long Total { get; private set; }

    /// <summary>Counts a value.</summary>
    public void Record(long microseconds)
    {
        Total++;
        _counts[BucketOf(microseconds)]++;
    }

    /// <summary>Adds another histogram's counts.</summary>
    public void Add(LatencyHistogram other)
    {
        Total += other.Total;
        for (int i = 0; i < BucketCount; i++) _counts[i] += other._counts[i];
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Total = 0;
        Array.Clear(_counts);
    }

    /// <summary>Number of values in buckets that end at or below <paramref name="microseconds"/>.</summary>
    public long CountUpTo(long microseconds)
    {
        long count = 0;
        for (int i = 0; i < BucketCount && UpperBound(i) <= microseconds; i++) count += _counts[i];
        return count;
    }

    /// <summary>The bucket end that <paramref name="percentile"/> (0…100) of the values do not exceed; 0
    /// without values.
    /// </summary>
    public long Percentile(double percentile)
    {
        if (Total == 0) return 0;
        long wanted = Math.Max(1, (long)Math.Ceiling(Total * percentile / 100));
        int i = 0;
        for (long seen = _counts[0]; seen < wanted && i < BucketCount - 1; seen += _counts[i]) i++;
        return UpperBound(i);
    }

    private static int BucketOf(long value)
    {
        if (value < ExactCount) return (int)Math.Max(value, 0);
        int power = BitOperations.Log2((ulong)value);
        int bucket = ExactCount + ((power - FirstPower) * BucketsPerPower)
            + (int)((value >> (power - 3)) & (BucketsPerPower - 1));
        return Math.Min(bucket, BucketCount - 1);
    }

    private static long UpperBound(int bucket)
    {
        if (bucket < ExactCount) return bucket;
        int power = FirstPower + ((bucket - ExactCount) / BucketsPerPower);
        long width = 1L << (power - 3);
        return (1L << power) + (((bucket - ExactCount) % BucketsPerPower) * width) + width - 1;
    }
}
