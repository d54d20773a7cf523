using Hedge.Storage.Cores;

namespace Hedge.Storage.Jobs;

/// <summary>Deletes run files that nobody uses any more.</summary>
internal sealed class GarbageJob(PartitionState partition, Compactor owner) : BackgroundJob(partition)
{
    private protected override bool Work() => Partition.Settings.Shared.DeleteGarbage();

    private protected override void Deliver(CoreStorage core) => owner.GarbageDeleted();
}
