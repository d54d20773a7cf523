using Hedge.Storage.Manifests;
using Hedge.Storage.Partitions;

namespace Hedge.Storage.Jobs;

/// <summary>Saves a partition's manifest.</summary>
internal sealed class ManifestJob(Partition partition, ManifestStore store, PartitionManifest manifest)
    : BackgroundJob(partition)
{
    private protected override bool Work()
    {
        store.Save(manifest);
        return false;
    }

    private protected override void Deliver(CoreStorage core) => Partition.Installer.Saved(core, Failure);
}
