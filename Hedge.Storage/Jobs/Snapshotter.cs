using Hedge.Storage.Cores;
using Hedge.Storage.Exports;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Jobs;

/// <summary>A partition's part in snapshots and exports: freezes, and holds the runs when they say what was
/// frozen. The owner's tick, but for the beginning.</summary>
internal sealed class Snapshotter(KeyStore partition, Flusher flusher)
{
    private const int FrozenMoreMax = 4;

    private readonly EngineShared _shared = partition.Settings.Shared;
    private readonly List<SnapshotPart> _awaited = [];
    private KeyListing? _listing;
    private BackupJob? _restingBackup;

    /// <summary>A bug for tests to find: what is in memory is not part of a snapshot.</summary>
    internal bool SkipsFreeze { get; set; }

    /// <summary>True while changes cannot be flushed.</summary>
    public bool HasFailed => Failure() != null;

    /// <summary>True when there are so many generations to be flushed that there should not be another
    /// one.</summary>
    public bool IsBusy =>
        flusher.HasChanges
        && partition.Memory.Frozen.Count > partition.Settings.FrozenGenerationsMax + FrozenMoreMax;

    /// <summary>The snapshot is of now. For whoever holds the partition, of a command that does not
    /// write.</summary>
    public void Begin(CoreStorage core, SnapshotPart part)
    {
        part.Keyspaces = partition.Keyspaces.Copy();
        part.Sequence = partition.Sequence;
        // There may be as many frozen generations as allowed already. One more makes writers wait until it
        // is flushed.
        if (SkipsFreeze) part.Sequence = _shared.Flushed(partition.Index);
        else if (flusher.HasChanges) flusher.Freeze(core);
        if (_shared.Flushed(partition.Index) >= part.Sequence) Hold(part);
        else _awaited.Add(part);
        if (partition.Index % _shared.Positions.Cores == core.Core) core.WantTick(partition);
    }

    /// <summary>The partition's keys in a snapshot just begun are to be told.</summary>
    public void List(CoreStorage core, KeyListing listing)
    {
        Invariant.Check(_listing is null, "one listing at a time");
        _listing = listing;
        // The owner of another core's partition finds it at its next tick.
        if (partition.Index % _shared.Positions.Cores == core.Core) core.WantTick(partition);
    }

    /// <summary>The partition's runs now hold all changes up to that number, and no later ones.</summary>
    public void Installed(ulong sequence)
    {
        for (int i = _awaited.Count - 1; i >= 0; i--)
        {
            SnapshotPart part = _awaited[i];
            if (part.Sequence > sequence) continue;
            Invariant.Check(part.Sequence == sequence, "a snapshot ends a generation");
            Hold(part);
            _awaited.RemoveAt(i);
        }
    }

    /// <summary>Gives up snapshots whose changes the disk does not take, and begins to write an export that
    /// is ready.</summary>
    public void Tick(CoreStorage core)
    {
        if (_awaited.Count > 0 && Failure() is { } failure)
        {
            foreach (SnapshotPart part in _awaited) part.Fail(failure);
            _awaited.Clear();
        }

        StartListing(core);
        // One of the owners starts the jobs.
        if (partition.Index != 0) return;
        if (_shared.Export is { } export && export.TryStart()) core.Enqueue(new ExportJob(partition, export));
        StartBackup(core);
    }

    private void Hold(SnapshotPart part) => part.Hold(partition.Runs.Newest, partition.Files.Manifest);

    private void StartBackup(CoreStorage core)
    {
        if (_restingBackup is { } resting)
        {
            if (core.SteadyMilliseconds < resting.ResumesAt) return;
            _restingBackup = null;
            core.Enqueue(resting);
        }

        if (_shared.Backup is { } backup && backup.TryStart())
            core.Enqueue(new BackupJob(partition, backup, rests => _restingBackup = rests));
    }

    private void StartListing(CoreStorage core)
    {
        if (_listing is not { } listing) return;
        bool isThere = listing.Snapshot.Parts[partition.Index].State == SnapshotState.Held;
        if (!isThere && listing.Failure is null) return;
        _listing = null;
        if (isThere) core.Enqueue(new KeyListingJob(partition, listing));
        else listing.End(partition.Index);
    }

    private string? Failure()
    {
        IOException? failure = partition.FlushFailure
            ?? _shared.Failures.Log;
        if (failure is not null) return $"changes cannot be flushed: {failure.Message}";
        return _shared.HasRefused ? "changes cannot be flushed: a log has refused some" : null;
    }
}
