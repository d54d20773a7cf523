namespace Hedge.Storage.Cores;

/// <summary>A request to all partitions that can be made again and again, for example to flush. Requests are
/// numbered. Any thread; no locks.</summary>
internal sealed class PartitionRequest(int partitions)
{
    private readonly long[] _done = new long[partitions];
    private long _latest;

    /// <summary>The number of the latest request.</summary>
    public long Latest => Volatile.Read(ref _latest);

    /// <summary>Makes a new request; returns its number.</summary>
    public long Ask() => Interlocked.Increment(ref _latest);

    /// <summary>A partition has done what that request asked.</summary>
    public void Done(int partition, long number) => Volatile.Write(ref _done[partition], number);

    /// <summary>True when the partition has done it.</summary>
    public bool IsDone(int partition, long number) => Volatile.Read(ref _done[partition]) >= number;

    /// <summary>True when all have.</summary>
    public bool IsDone(long number)
    {
        for (int i = 0; i < _done.Length; i++)
            if (!IsDone(i, number)) return false;
        return true;
    }
}
