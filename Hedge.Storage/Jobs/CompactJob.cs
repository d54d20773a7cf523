using Hedge.Storage.Compactions;
using Hedge.Storage.Partitions;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Jobs;

/// <summary>Merges neighbouring runs of a partition and opens the result.</summary>
internal sealed class CompactJob(Partition partition, CompactionPlan plan) : BackgroundJob(partition)
{
    private readonly CompactionJob _merge = new(partition.Settings.Shared.Disk, plan);

    /// <summary>What is merged.</summary>
    public CompactionPlan Plan { get; } = plan;

    /// <summary>The open run; null when nothing was left to write.</summary>
    public Run? Output { get; private set; }

    private protected override bool Work()
    {
        if (_merge.Step()) return true;
        if (_merge.Failure is not null) throw _merge.Failure;
        if (_merge.Output is null) return false;
        Partition.Settings.Shared.Disk.SyncDirectory(Partition.Files.Directory);
        Output = Run.Open(Partition.Settings.Shared.Disk, Plan.OutputPath, Plan.Output);
        return false;
    }

    private protected override void Abandon() => _merge.Dispose();

    private protected override void Deliver(CoreStorage core) => Partition.Compactor.Merged(core, this);
}
