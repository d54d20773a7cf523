using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Counts;

/// <summary>Finds out what the unresolved entries of a run have replaced in the older runs.</summary>
internal sealed class CountJob(
    PartitionState partition, KeyCounts owner, Run run, CountWalk walk, JobBlocks blocks)
    : BackgroundJob(partition)
{
    private const int KeysPerStep = 256;

    private bool _isDisposed;
    private volatile bool _isStopped;

    /// <summary>The run; only to be compared when the job has ended.</summary>
    public Run Run { get; } = run;

    /// <inheritdoc/>
    public override bool IsLong => true;

    /// <summary>True when all of it was walked.</summary>
    public bool IsDone { get; private set; }

    /// <summary>What was found.</summary>
    public CountSums Sums => walk.Sums;

    /// <summary>Makes the next step the last: there is something better to do. Any thread.</summary>
    public void Stop() => _isStopped = true;

    private protected override bool Work()
    {
        IsDone = !_isStopped && walk.Go(blocks, KeysPerStep) == WalkState.Done;
        if (!IsDone && !_isStopped) return true;
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

    private protected override void Deliver(CoreStorage core) => owner.Walked(core, this);
}
