using Hedge.Storage.Partitions;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Jobs;

/// <summary>Finds out what the unresolved entries of a run have replaced in the older runs.</summary>
internal sealed class CountJob(Partition partition, Run run, CountWalk walk, JobBlocks blocks)
    : BackgroundJob(partition)
{
    private const int KeysPerStep = 256;

    private bool _isDisposed;

    /// <summary>The run; only to be compared when the job has ended.</summary>
    public Run Run { get; } = run;

    /// <summary>What was found.</summary>
    public CountSums Sums => walk.Sums;

    private protected override bool Work()
    {
        if (walk.Go(blocks, KeysPerStep) != WalkState.Done) return true;
        Abandon();
        return false;
    }

    private protected override void Abandon()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        walk.Dispose();
        blocks.Dispose();
    }

    private protected override void Deliver(CoreStorage core) => Partition.Counts.Walked(core, this);
}
