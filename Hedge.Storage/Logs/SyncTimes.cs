using System.Numerics;

namespace Hedge.Storage.Logs;

/// <summary>How long the syncs of a log took. The log's core counts; any thread reads, roughly.</summary>
public sealed class SyncTimes
{
    /// <summary>Number of buckets. Bucket i counts syncs of less than 2^i microseconds that are in none
    /// before it; the last one has no upper end.</summary>
    public const int Buckets = 25;

    private readonly long[] _counts = new long[Buckets];

    /// <summary>Number of syncs.</summary>
    public long Total { get; private set; }

    /// <summary>Time in all of them.</summary>
    public long Microseconds { get; private set; }

    /// <summary>Number of syncs in a bucket.</summary>
    public long Count(int bucket) => _counts[bucket];

    internal void Record(long microseconds)
    {
        long took = Math.Max(0, microseconds);
        Total++;
        Microseconds += took;
        int bucket = took == 0 ? 0 : BitOperations.Log2((ulong)took) + 1;
        _counts[Math.Min(bucket, Buckets - 1)]++;
    }
}
