using Hedge.Host.Statistics;

namespace Hedge.Host.Benchmarks;

/// <summary>
/// How often something took how long, in nanoseconds: 32 buckets per power of two (3 % wide), up to about an
/// hour. Fixed size; owned by one core until the end of its phase.
/// </summary>
internal sealed class LatencyRecorder
{
    private const int BucketBits = 5;
    private const int PowerEnd = 43;

    private readonly long[] _counts = new long[LatencyBuckets.Count(BucketBits, PowerEnd)];

    /// <summary>Number of values.</summary>
    public long Total { get; private set; }

    /// <summary>The greatest value.</summary>
    public long Max { get; private set; }

    /// <summary>Counts a value that stands for several.</summary>
    public void Record(long nanoseconds, long weight)
    {
        Total += weight;
        if (nanoseconds > Max) Max = nanoseconds;
        int bucket = LatencyBuckets.Of(nanoseconds, BucketBits);
        _counts[Math.Min(bucket, _counts.Length - 1)] += weight;
    }

    /// <summary>Adds another recorder's values.</summary>
    public void Add(LatencyRecorder other)
    {
        Total += other.Total;
        Max = Math.Max(Max, other.Max);
        for (int i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
    }

    /// <summary>The end of the bucket that <paramref name="percentile"/> (0…100) of the values do not exceed,
    /// at most <see cref="Max"/>; 0 without values.</summary>
    public long Percentile(double percentile)
    {
        if (Total == 0) return 0;
        int bucket = LatencyBuckets.OfPercentile(_counts, Total, percentile);
        return Math.Min(Max, LatencyBuckets.LastOf(bucket, BucketBits));
    }
}
