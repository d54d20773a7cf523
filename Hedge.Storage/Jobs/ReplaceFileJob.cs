using Hedge.Storage.Cores;
using Hedge.Storage.Manifests;

namespace Hedge.Storage.Jobs;

/// <summary>Puts a small file in place of one in the data directory, durably, for a client that
/// waits.</summary>
internal sealed class ReplaceFileJob(PartitionState partition, string name, ReadOnlyMemory<byte> content,
    FileReplacement replacement) : BackgroundJob(partition)
{
    /// <inheritdoc/>
    public override bool IsBrief => true;

    /// <inheritdoc/>
    public override bool NeedsPartition => false;

    private protected override bool Work()
    {
        EngineShared shared = Partition.Settings.Shared;
        WholeFile.Replace(shared.Disk, shared.Directory, name, content.Span);
        replacement.End(null);
        return false;
    }

    private protected override void Abandon() => replacement.End(Failure?.Message ?? "the server stops");

    private protected override void Deliver(CoreStorage core)
    {
    }
}
