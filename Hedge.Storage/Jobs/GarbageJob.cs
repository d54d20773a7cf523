using Hedge.Storage.Partitions;

namespace Hedge.Storage.Jobs;

/// <summary>Deletes run files that nobody uses any more.</summary>
internal sealed class GarbageJob(Partition partition) : BackgroundJob(partition)
{
    private protected override bool Work() => Partition.Settings.Shared.DeleteGarbage();

    private protected override void Deliver(CoreStorage core) => Partition.Compactor.GarbageDeleted();
}
