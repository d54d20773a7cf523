namespace Hedge.Host.Servers;

/// <summary>What has failed on all cores together. Any core.</summary>
internal sealed class FailureCounts
{
    private int _failedLogs;
    private int _stuck;
    private int _refusal;

    /// <summary>True when a partition has no room for more changes and cannot get rid of those it has:
    /// writers would wait for as long as its failure lasts.</summary>
    public bool AnyStuck => Volatile.Read(ref _stuck) > 0;

    /// <summary>Counts a core's log that has failed (1) or works again (-1). Returns how many have
    /// failed.</summary>
    public int CountLogs(int change) => Interlocked.Add(ref _failedLogs, change);

    /// <summary>Counts a partition that is stuck (1) or is not any more (-1).</summary>
    public void CountStuck(int change) => Interlocked.Add(ref _stuck, change);

    /// <summary>Writes are refused from now on. True the first time, for the core that logs it.</summary>
    public bool TryBeginRefusal() => Interlocked.Exchange(ref _refusal, 1) == 0;

    /// <summary>Writes are accepted again. True the first time since they were not.</summary>
    public bool TryEndRefusal() => Interlocked.Exchange(ref _refusal, 0) == 1;
}
