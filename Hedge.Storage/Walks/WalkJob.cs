using Hedge.Storage.Cores;

namespace Hedge.Storage.Walks;

/// <summary>Has a <see cref="PartWalk{TTaker}"/> give a part to its taker. One step.</summary>
internal sealed class WalkJob<TTaker>(PartitionState partition, PartWalk<TTaker> walk, TTaker taker)
    : BackgroundJob(partition)
{
    /// <inheritdoc/>
    public override bool IsBrief => true;

    /// <inheritdoc/>
    public override bool NeedsPartition => false;

    private protected override bool Work()
    {
        walk.Work(taker);
        return false;
    }

    private protected override void Abandon() => walk.Fail(Failure?.Message ?? "the server stops");

    private protected override void Deliver(CoreStorage core) => walk.Worked(core, taker);
}
