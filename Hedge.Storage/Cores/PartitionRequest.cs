namespace Hedge.Storage.Cores;

/// <summary>Something that all partitions are asked to do, now and then; each time has a number, counted from
/// 1. Any thread; no locks.</summary>
internal sealed class PartitionRequest(int partitions)
{
    private readonly long[] _done = new long[partitions];
    private long _latest;

    /// <summary>The time asked last.</summary>
    public long Latest => Volatile.Read(ref _latest);

    /// <summary>Asks all partitions.</summary>
    public long Ask() => Interlocked.Increment(ref _latest);

    /// <summary>A partition has done what it was asked then.</summary>
    public void Done(int partition, long number) => Volatile.Write(ref _done[partition], number);

    /// <summary>True when that partition has done it.</summary>
    public bool IsDone(int partition, long number) => Volatile.Read(ref _done[partition]) >= number;

    /// <summary>True when all have.</summary>
    public bool IsDone(long number)
    {
        for (int i = 0; i < _done.Length; i++)
            if (!IsDone(i, number)) return false;
        return true;
    }
}
