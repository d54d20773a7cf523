using Hedge.Storage.Manifests;

namespace Hedge.Storage.Cores;

/// <summary>Saves a partition's manifest.</summary>
internal sealed class ManifestJob(
    PartitionState partition, ManifestInstaller owner, ManifestStore store, PartitionManifest manifest)
    : BackgroundJob(partition)
{
    private protected override bool Work()
    {
        store.Save(manifest);
        return false;
    }

    private protected override void Deliver(CoreStorage core) => owner.Saved(core, Failure);
}
