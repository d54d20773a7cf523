namespace Hedge.Storage.DiskLimits;

/// <summary>What a job has written into files that belong to no partition yet. Any thread; one at a
/// time.</summary>
/// <param name="limit">What counts it.</param>
/// <param name="isForeseen">True when the limit has set room aside for it: a flush, a merge.</param>
internal sealed class DiskOutput(DiskLimit limit, bool isForeseen)
{
    private long _bytes;

    /// <summary>So much is written now.</summary>
    public void Note(long bytes)
    {
        limit.AddOutput(bytes - _bytes, isForeseen);
        _bytes = bytes;
    }

    /// <summary>It belongs to a partition, or is gone.</summary>
    public void End() => Note(0);
}
