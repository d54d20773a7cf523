using System.Numerics;

namespace Hedge.Host.Statistics;

/// <summary>
/// How often something took how long, in microseconds: exact up to 15, then 8 buckets per power of two (12.5
/// % wide), up to about a second and everything above. Fixed size; recording is one increment.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int BucketBits = 3;
    private const int PowerEnd = 21;

    private readonly long[] _counts = new long[LatencyBuckets.Count(BucketBits, PowerEnd)];

    /// <summary>Number of values.</summary>
    public long Total { get; private set; }

    /// <summary>Sum of the values.</summary>
    public long Microseconds { get; private set; }

    /// <summary>Counts a value.</summary>
    public void Record(long microseconds)
    {
        Total++;
        Microseconds += Math.Max(0, microseconds);
        _counts[Math.Min(LatencyBuckets.Of(microseconds, BucketBits), _counts.Length - 1)]++;
    }

    /// <summary>Adds another histogram's counts.</summary>
    public void Add(LatencyHistogram other)
    {
        Total += other.Total;
        Microseconds += other.Microseconds;
        for (int i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Total = Microseconds = 0;
        Array.Clear(_counts);
    }

    /// <summary>Number of values in buckets that end at or below <paramref name="microseconds"/>.</summary>
    public long CountUpTo(long microseconds)
    {
        long count = 0;
        for (int i = 0; i < _counts.Length && UpperBound(i) <= microseconds; i++) count += _counts[i];
        return count;
    }

    /// <summary>Adds to each bucket i of <paramref name="counts"/> the values that are below 2^i microseconds
    /// and in none before it, to the last one all others.</summary>
    public void AddByPower(Span<long> counts)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] == 0) continue;
            long last = UpperBound(i);
            int power = last == 0 ? 0 : BitOperations.Log2((ulong)last) + 1;
            counts[Math.Min(power, counts.Length - 1)] += _counts[i];
        }
    }

    /// <summary>The bucket end that <paramref name="percentile"/> (0…100) of the values do not exceed; 0
    /// without values.
    /// </summary>
    public long Percentile(double percentile) =>
        Total == 0 ? 0 : UpperBound(LatencyBuckets.OfPercentile(_counts, Total, percentile));

    private static long UpperBound(int bucket) => LatencyBuckets.LastOf(bucket, BucketBits);
}
