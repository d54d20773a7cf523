using Hedge.Storage.Io;

namespace Hedge.Storage.DiskLimits;

/// <summary>What has failed on disk, by partition and by log, so that whoever waits for a checkpoint hears of
/// it. Any thread; no locks: a partition's slots are written by whoever holds it, a log's by its
/// core.</summary>
internal sealed class DiskFailures(int partitions, int cores)
{
    private readonly IOException?[] _partitions = new IOException?[partitions];
    private readonly long[] _checkpoints = new long[partitions];
    private readonly IOException?[] _logs = new IOException?[cores];
    private readonly IOException?[] _present = new IOException?[partitions];
    private IOException? _directory;

    /// <summary>Why nothing can be written at present: the data directory is not where it was, or its disk
    /// does not answer. Null for nothing.</summary>
    public IOException? Directory => Volatile.Read(ref _directory);

    /// <summary>The failure of a partition's last step on its way to disk; null when there is none.</summary>
    public IOException? Present
    {
        get
        {
            for (int i = 0; i < _present.Length; i++)
                if (Volatile.Read(ref _present[i]) is { } failure) return failure;
            return null;
        }
    }

    /// <summary>Number of partitions whose last step on its way to disk has failed.</summary>
    public int PresentCount
    {
        get
        {
            int count = 0;
            for (int i = 0; i < _present.Length; i++) if (Volatile.Read(ref _present[i]) != null) count++;
            return count;
        }
    }

    /// <summary>True when something has failed for want of space, and still does.</summary>
    public bool AnyFull
    {
        get
        {
            for (int i = 0; i < _logs.Length; i++)
                if (Volatile.Read(ref _logs[i]) is DiskException { IsFull: true }) return true;
            for (int i = 0; i < _present.Length; i++)
                if (Volatile.Read(ref _present[i]) is DiskException { IsFull: true }) return true;
            return false;
        }
    }

    /// <summary>The data directory cannot be reached, or (null) can be.</summary>
    public void SetDirectory(IOException? failure) => Volatile.Write(ref _directory, failure);

    /// <summary>How the partition's last step ended: null for well.</summary>
    public void SetPresent(int partition, IOException? failure) =>
        Volatile.Write(ref _present[partition], failure);

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
