using Hedge.Storage.Backups;
using Hedge.Storage.Cores;

namespace Hedge.Storage.Jobs;

/// <summary>Makes a <see cref="Backup"/> whose snapshot is ready, in pieces. When it is faster than it may
/// be, it rests: it ends, and is begun again when its time has come.</summary>
/// <param name="partition">The partition whose owner begins it.</param>
/// <param name="backup">The backup.</param>
/// <param name="rests">Is told on the owner's core that it rests until <see cref="ResumesAt"/>.</param>
internal sealed class BackupJob(PartitionState partition, Backup backup, Action<BackupJob> rests)
    : BackgroundJob(partition)
{
    private const long PacesPerSecond = 10;
    private IEnumerator<long>? _pieces;
    private long _done;

    /// <inheritdoc/>
    public override bool IsLong => true;

    /// <inheritdoc/>
    public override bool IsPatient => true;

    /// <inheritdoc/>
    public override bool NeedsPartition => false;

    /// <summary>When it is to go on, by the core's steady clock.</summary>
    public long ResumesAt { get; private set; }

    private protected override bool Work()
    {
        _pieces ??= Begin();
        if (!_pieces.MoveNext())
        {
            backup.End(null);
            return false;
        }

        _done += _pieces.Current;
        long rate = backup.Order.BytesPerSecond;
        return rate == 0 || _done < Math.Max(1, rate / PacesPerSecond);
    }

    private protected override void Abandon() => backup.End(Failure?.Message ?? "the backup was cancelled");

    private protected override void Deliver(CoreStorage core)
    {
        if (backup.IsOver) return;
        ResumesAt = Math.Max(ResumesAt, core.SteadyMilliseconds - (1000 / PacesPerSecond))
            + (_done * 1000 / backup.Order.BytesPerSecond);
        _done = 0;
        rests(this);
    }

    private IEnumerator<long> Begin()
    {
        EngineShared shared = Partition.Settings.Shared;
        IEnumerator<long> pieces = new BackupWriter(shared.Disk, shared.Directory, shared.Values, backup)
            .Write().GetEnumerator();
        backup.Freed = pieces.Dispose;
        return pieces;
    }
}
