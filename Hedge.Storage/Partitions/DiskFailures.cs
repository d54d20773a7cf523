namespace Hedge.Storage.Partitions;

/// <summary>What has failed on disk, by partition and by log, so that whoever waits for a checkpoint hears of
/// it. Any thread; no locks: a partition's slots are written by whoever holds it, a log's by its
/// core.</summary>
internal sealed class DiskFailures(int partitions, int cores)
{
    private readonly IOException?[] _partitions = new IOException?[partitions];
    private readonly long[] _checkpoints = new long[partitions];
    private readonly IOException?[] _logs = new IOException?[cores];

    /// <summary>Why a log has failed and still does; null when none has.</summary>
    public IOException? Log
    {
        get
        {
            for (int i = 0; i < _logs.Length; i++)
                if (Volatile.Read(ref _logs[i]) is { } failure) return failure;
            return null;
        }
    }

    /// <summary>A core's log has failed, or (null) works again.</summary>
    public void SetLog(int core, IOException? failure) => Volatile.Write(ref _logs[core], failure);

    /// <summary>A step on the partition's way to disk has failed.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="checkpoint">The last checkpoint asked for by then.</param>
    /// <param name="failure">Why.</param>
    public void Report(int partition, long checkpoint, IOException failure)
    {
        Volatile.Write(ref _partitions[partition], failure);
        Volatile.Write(ref _checkpoints[partition], checkpoint);
    }

    /// <summary>What has failed in the partition since the checkpoint was asked for; null for
    /// nothing.</summary>
    public IOException? Since(int partition, long checkpoint) =>
        Volatile.Read(ref _checkpoints[partition]) < checkpoint
            ? null
            : Volatile.Read(ref _partitions[partition]);
}
