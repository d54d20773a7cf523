using Hedge.Storage.DiskLimits;

namespace Hedge.Storage.Cores;

/// <summary>Looks at the data directory and at what is free on its disk (<see cref="DiskWatch"/>).</summary>
internal sealed class DiskWatchJob(PartitionState partition) : BackgroundJob(partition)
{
    private protected override bool Work()
    {
        Partition.Settings.Shared.Watch!.Look();
        return false;
    }

    private protected override void Deliver(CoreStorage core) => core.Looked();
}
