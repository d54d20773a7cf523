namespace Hedge.Storage.DiskLimits;

/// <summary>The room on disk that merges under way may fill before their inputs go. Any thread; no
/// locks.</summary>
internal sealed class MergeSpace
{
    private const long WaitMilliseconds = 300;

    private long _taken;
    private long _waitedAt = long.MinValue / 2;

    /// <summary>Bytes that the merges under way may write.</summary>
    public long TakenBytes => Volatile.Read(ref _taken);

    /// <summary>Takes room for a merge; false when there is not enough now.</summary>
    /// <param name="bytes">The most it can write.</param>
    /// <param name="free">What there is for all merges together.</param>
    /// <param name="isUrgent">True for a merge that gives room back: the first of that kind always begins,
    /// and others wait while one waits.</param>
    /// <param name="nowMilliseconds">The time.</param>
    public bool TryTake(long bytes, long free, bool isUrgent, long nowMilliseconds)
    {
        if (!isUrgent && nowMilliseconds - Volatile.Read(ref _waitedAt) < WaitMilliseconds) return false;
        long taken = TakenBytes;
        while (bytes <= free - taken || (isUrgent && taken == 0))
        {
            long seen = Interlocked.CompareExchange(ref _taken, taken + bytes, taken);
            if (seen == taken) return true;
            taken = seen;
        }

        if (isUrgent) Volatile.Write(ref _waitedAt, nowMilliseconds);
        return false;
    }

    /// <summary>The merge has ended: what it has written and read is counted elsewhere.</summary>
    public void GiveBack(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
