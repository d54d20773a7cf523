namespace Hedge.Host.Subscribers;

/// <summary>How many clients of all cores get MONITOR's feed. Any core.</summary>
internal sealed class MonitorCount
{
    private int _count;

    /// <summary>The number.</summary>
    public int Value => Volatile.Read(ref _count);

    /// <summary>One came (1) or went (-1).</summary>
    public void Add(int change) => Interlocked.Add(ref _count, change);
}
