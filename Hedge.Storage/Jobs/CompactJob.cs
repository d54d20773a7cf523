using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Keys;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Jobs;

/// <summary>Merges neighbouring runs of a partition and opens the result.</summary>
internal sealed class CompactJob(
    PartitionState partition, Compactor owner, CompactionPlan plan, CompactionJob merge)
    : BackgroundJob(partition)
{
    /// <summary>What is merged.</summary>
    public CompactionPlan Plan { get; } = plan;

    /// <summary>The open run; null when nothing was left to write.</summary>
    public Run? Output { get; private set; }

    /// <summary>What it has written, moved values that are not in a file of their own yet with it.</summary>
    public DiskOutput Space { get; } = new(partition.Settings.Shared.DiskLimit, isForeseen: true);

    /// <summary>Bytes of values that the merge has moved.</summary>
    public long MovedBytes => merge.MovedBytes;

    /// <summary>Corrections of the key counts that the merge has found.</summary>
    public CountSums Sums => merge.Sums;

    /// <inheritdoc/>
    public override bool IsLong => true;

    private protected override bool Work()
    {
        bool more = merge.Step();
        Space.Note(merge.BytesWritten + merge.MovingBytes);
        if (more) return true;
        if (merge.Failure is not null) throw merge.Failure;
        if (merge.Output is null)
        {
            merge.ReleaseValues();
            return false;
        }

        Partition.Settings.Shared.Disk.SyncDirectory(Partition.Files.Directory);
        EngineShared shared = Partition.Settings.Shared;
        Output = Run.Open(shared.Disk, Plan.OutputPath, Plan.Output, shared.Values);
        merge.ReleaseValues();
        return false;
    }

    private protected override void Abandon()
    {
        merge.Dispose();
        Output?.Release();
        Output = null;
        Space.End();
    }

    private protected override void Deliver(CoreStorage core) => owner.Merged(core, this);
}
