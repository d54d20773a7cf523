using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Counts;
using Hedge.Storage.Damages;
using Hedge.Storage.Evictions;
using Hedge.Storage.Expiries;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Manifests;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Jobs;

/// <summary>Merges the partition's runs when there are enough of similar size, rewrites those that keep value
/// files with little in them, and has old files deleted. The owner's tick.</summary>
internal sealed class Compactor(
    KeyStore partition, KeyCounts counts, Expirer expirer, KeyEvictor keyEvictor)
{
    private const long RetryMilliseconds = 5000;
    private const long RetryMillisecondsMax = 600_000;
    private const long AvoidMilliseconds = 600_000;
    private const long AdviceMilliseconds = 10_000;
    private const long QuietMilliseconds = 30_000;
    private const long RestMilliseconds = 60_000;
    private const long ShortQuietMilliseconds = 10_000;
    private const int RemovedPercentQuiet = 20;
    private const int RemovedPercentAtRest = 5;
    private const long RestBytesPerSecond = 4 << 20;
    private const long TrickleMilliseconds = 1000;
    private const ulong TrickleChanges = 10;
    private const int UnresolvedDivisor = 50;

    private readonly PolicyAdvisor _advisor = new();
    private readonly MergePicker _picker = new(partition);
    private readonly EngineShared _shared = partition.Settings.Shared;
    private CompactJob? _job;
    private CountSums? _nodesBefore;
    private long _taken;
    private bool _isMerged;
    private bool _isInstalling;
    private bool _wasCounted;
    private bool _isDeleting;
    private int _pickedVersion = -1;
    private int _roomVersion = -1;
    private (int Version, int Percent) _removedPicked;
    private ulong _writes;
    private long _writesAt;
    private long _quietSince = -1;
    private long _quietMilliseconds;
    private int _pickedCondemnations;
    private long _retryAt;
    private readonly RetryPause _pause = new(RetryMilliseconds, RetryMillisecondsMax);
    private long _avoidsUntil;
    private long _adviceAt;
    private (ulong Writes, long Lookups, long Scans) _advised;

    /// <summary>The policy that picks: the one set, or the best for the partition's use.</summary>
    public CompactionPolicy Policy { get; private set; }

    /// <summary>Compactions installed so far.</summary>
    public long Compactions { get; private set; }

    /// <summary>Bytes of the runs they made and of the values they moved.</summary>
    public long CompactedBytes { get; private set; }

    /// <summary>True when no merge is under way.</summary>
    public bool IsIdle => _job is null;

    /// <summary>True when a merge is under way that has begun; false also while it waits for its
    /// turn.</summary>
    public bool IsRunning => _job is { IsStarted: true };

    /// <summary>Why the last compaction failed; null after a success.</summary>
    public IOException? LastFailure
    {
        get => partition.Failures.Merge;
        private set => partition.Failures.Merge = value;
    }

    /// <summary>Goes on with what is due.</summary>
    public void Tick(CoreStorage core)
    {
        if (_isMerged && !_isInstalling && partition.Installer.IsFree) Install(core);
        FollowPolicy(core);
        NoteWrites(core);
        bool isFree = _job is null && core.SteadyMilliseconds >= _retryAt;
        bool isOver = _avoidsUntil != 0 && core.SteadyMilliseconds >= _avoidsUntil;
        if (isOver) (_avoidsUntil, _pickedVersion) = (0, -1);
        bool isNew = partition.Runs.Version != _pickedVersion
            || _shared.Values.Condemnations != _pickedCondemnations;
        if (isFree && WantsRoom() && _picker.PickForRoom(core.SteadyMilliseconds) is { } range)
            Merge(core, range, isUrgent: true);
        else if (isFree && isNew) Pick(core);
        else if (isFree) PickRemoved(core);
        if (_isDeleting || !_shared.HasGarbage) return;
        _isDeleting = true;
        core.Enqueue(new GarbageJob(partition, this));
    }

    /// <summary>Merges some neighbouring runs whatever the policy says; false while a merge is under
    /// way.</summary>
    public bool TryMerge(CoreStorage core, RunRange range)
    {
        if (_job is null) Merge(core, range, isUrgent: true);
        return ReferenceEquals(_job?.Plan.Inputs[0], partition.Runs.Newest[range.Newest])
            && _job.Plan.Inputs.Count == range.Count;
    }

    /// <summary>Has the runs looked at again: one of them should be written anew.</summary>
    public void PickAgain() => _pickedVersion = -1;

    /// <summary>The job has ended.</summary>
    public void Merged(CoreStorage core, CompactJob job)
    {
        bool isAvoided = job.Failure is { } failure && Avoids(core, job.Plan.Inputs, failure);
        LastFailure = isAvoided ? null : job.Failure;
        if (job.Failure is null)
        {
            _pause.Worked();
            _isMerged = true;
            if (partition.Installer.IsFree) Install(core);
            return;
        }

        EndJob();
        _pickedVersion = -1;
        bool isFull = job.Failure is DiskException { IsFull: true };
        _retryAt = isAvoided ? 0 : core.SteadyMilliseconds + (isFull ? RetryMilliseconds : _pause.Failed());
    }

    /// <summary>The files have been deleted.</summary>
    public void GarbageDeleted() => _isDeleting = false;

    /// <summary>Closes the run that was not installed.</summary>
    public void Close()
    {
        if (_isMerged) _job?.Output?.Release();
        _job = null;
        partition.Merging = [];
    }

    // The input that cannot be read is left alone, so that the others are merged all the same: for good when
    // it is damaged, for a while when the disk may only have failed for once.
    private bool Avoids(CoreStorage core, IReadOnlyList<Run> inputs, IOException failure)
    {
        string path = failure is DamagedFileException damaged ? damaged.Path
            : DamageRegister.IsUnreadable(failure, out string unreadable) ? unreadable : "";
        if (inputs.FirstOrDefault(run => run.File.Path == path) is not { } input) return false;
        if (failure is DamagedFileException { Damage.Offset: var offset })
        {
            input.Damage.Add(offset);
        }
        else
        {
            _avoidsUntil = core.SteadyMilliseconds + AvoidMilliseconds;
            input.Damage.AvoidUntil(_avoidsUntil);
        }

        return true;
    }

    private void FollowPolicy(CoreStorage core)
    {
        if (core.SteadyMilliseconds >= _adviceAt)
        {
            _adviceAt = core.SteadyMilliseconds + AdviceMilliseconds;
            var now = (Writes: partition.Sequence, Lookups: partition.RunLookups, Scans: partition.Scans);
            _advisor.Advise((long)(now.Writes - _advised.Writes), now.Lookups - _advised.Lookups,
                now.Scans - _advised.Scans);
            _advised = now;
        }

        CompactionPolicy policy = _shared.Policy == CompactionPolicy.Auto ? _advisor.Policy : _shared.Policy;
        if (policy == Policy) return;
        Policy = policy;
        _pickedVersion = -1;
    }

    private void Pick(CoreStorage core)
    {
        _pickedVersion = partition.Runs.Version;
        _pickedCondemnations = _shared.Values.Condemnations;
        if (_picker.Pick(Policy, core.SteadyMilliseconds, out bool isUrgent) is { } range)
            Merge(core, range, isUrgent);
    }

    // How much range tombstones have removed is known, so that less is enough for a merge, and the wait is
    // shorter.
    private void PickRemoved(CoreStorage core)
    {
        if (_quietMilliseconds < ShortQuietMilliseconds) return;
        int percent = _quietMilliseconds < QuietMilliseconds ? RemovedPercentQuiet : RemovedPercentAtRest;
        if (_removedPicked == (partition.Runs.Version, percent)) return;
        _removedPicked = (partition.Runs.Version, percent);
        if (_picker.PickRemoved(percent, core.SteadyMilliseconds) is { } range)
            Merge(core, range, isUrgent: true);
    }

    // The runs have been exchanged since all were merged to free what is dead in them, and it is time again.
    private bool WantsRoom() => partition.Runs.Version != _roomVersion
        && (_shared.DiskLimit.WantsMerge(partition.Index) || IsWastefulAtRest());

    // The longer nothing is written, the smaller the dead share may be that starts a merge. So a whole
    // partition is rewritten for little gain only seldom, and never because of keys that are not counted
    // yet.
    private bool IsWastefulAtRest()
    {
        if (_quietMilliseconds < QuietMilliseconds) return false;
        if (_shared.DiskLimit.IsWasteful(partition.Index)) return true;
        long rest = RestMilliseconds + (partition.Runs.FileBytes / RestBytesPerSecond * 1000);
        if (_quietMilliseconds < rest || !_shared.DiskLimit.IsWastefulAtRest(partition.Index)) return false;
        long entries = 0;
        foreach (Run run in partition.Runs.Newest) entries += run.Info.Puts;
        return counts.Unresolved <= entries / UnresolvedDivisor;
    }

    // Without writes no merge would come by itself to free the space of dead data. A few writes make no
    // difference.
    private void NoteWrites(CoreStorage core)
    {
        long now = core.SteadyMilliseconds;
        bool isWriting = partition.Sequence - _writes > TrickleChanges;
        if (isWriting || _quietSince < 0 || now < _quietSince) _quietSince = now;
        if (isWriting || now - _writesAt >= TrickleMilliseconds || now < _writesAt)
            (_writes, _writesAt) = (partition.Sequence, now);
        _quietMilliseconds = now - _quietSince;
    }

    private void Merge(CoreStorage core, RunRange range, bool isUrgent)
    {
        ReadOnlySpan<Run> runs = partition.Runs.Newest;
        BlockCompression compression =
            range.End == runs.Length ? _shared.Compression : _shared.CompressionUpper;
        long most = MergePicker.BytesOf(runs.Slice(range.Newest, range.Count), compression);
        if (!_shared.DiskLimit.TryBeginMerge(most, isUrgent, core.SteadyMilliseconds))
        {
            // Again at the next tick.
            _pickedVersion = -1;
            return;
        }

        _taken = most;
        // A keyspace is dead when it is so on disk: a FLUSHDB that is not in the manifest yet may still be
        // lost.
        PartitionManifest manifest = partition.Files.Manifest;
        ulong number = partition.Files.TakeFileNumber();
        _isMerged = false;
        _nodesBefore = range.Count == runs.Length ? counts.NodesAfter(manifest) : null;
        Run[] inputs = runs.Slice(range.Newest, range.Count).ToArray();
        CompactionPlan plan = new()
        {
            Inputs = inputs,
            IsCounted = Array.ConvertAll(inputs, counts.IsCounted),
            Output = partition.Files.IdOf(number),
            OutputPath = partition.Files.PathOf(number),
            IncludesOldest = range.End == runs.Length,
            IsLiveKeyspace = keyspace => MergePicker.IsLive(manifest, keyspace),
            ExpiryHorizon = manifest.ExpiryHorizon,
            Values = _shared.Values,
            Writing = new RunWriterSettings
            {
                Compression = compression,
                KeysMax = inputs.Sum(run => run.Info.FilterKeys),
                OtherFilters = RunSet.FiltersOf([.. runs[..range.Newest], .. runs[range.End..]]),
            },
        };
        _job = new CompactJob(partition, this, plan, new CompactionJob(_shared.Disk, plan));
        partition.Merging = inputs;
        core.Enqueue(_job);
    }

    private void EndJob()
    {
        _job?.Space.End();
        _job = null;
        partition.Merging = [];
        _shared.DiskLimit.EndMerge(_taken);
        _taken = 0;
    }

    private void Install(CoreStorage core)
    {
        _isInstalling = true;
        _wasCounted = counts.AreCounted(_job!.Plan);
        if (!_wasCounted) CountNodes();
        PartitionManifest manifest = partition.Files.Manifest;
        manifest = manifest with
        {
            Runs = counts.NamesOf(Exchanged(), _job!.Output, _wasCounted),
            Keys = counts.KeysAfter(manifest, _wasCounted ? null : _job.Sums),
            NextFileNumber = partition.Files.NextFileNumber,
        };
        partition.Installer.Begin(core, manifest, Installed);
    }

    // When all runs there were have been merged, the result has the living nodes and no others.
    private void CountNodes()
    {
        if (_nodesBefore is null) return;
        CountSums found = new();
        foreach (uint keyspace in partition.Files.Manifest.Databases)
        {
            uint nodes = keyspace | Keyspaces.NodeBit;
            found.Add(nodes, _job!.Output?.Info.PutsOf(nodes) ?? 0, 0);
        }

        found.Subtract(_nodesBefore);
        foreach (CountCorrection sum in _job!.Sums.All)
            if ((sum.Keyspace & Keyspaces.NodeBit) != 0) found.Add(sum.Keyspace, -sum.Keys, 0);
        _job.Sums.Add(found);
    }

    private Run[] Exchanged()
    {
        List<Run> runs = [];
        IReadOnlyList<Run> inputs = _job!.Plan.Inputs;
        foreach (Run run in partition.Runs.Newest)
        {
            if (ReferenceEquals(run, inputs[0]) && _job.Output is not null) runs.Add(_job.Output);
            if (!inputs.Contains(run)) runs.Add(run);
        }

        return [.. runs];
    }

    private void Installed(CoreStorage core)
    {
        counts.Merged(_job!.Output, _job.Plan, _job.Sums, _wasCounted);
        partition.Runs.Replace(Exchanged());
        counts.RunsChanged();
        expirer.RunsChanged(null);
        keyEvictor.RunsChanged(null);
        CompactedBytes += (_job.Output?.Info.FileBytes ?? 0) + _job.MovedBytes;
        foreach (Run run in _job.Plan.Inputs)
        {
            _shared.Retire(run);
            run.Release();
        }

        bool isWhole = _job.Plan.IncludesOldest && partition.Runs.Newest.Length <= 1;
        if (isWhole)
        {
            _roomVersion = partition.Runs.Version;
            keyEvictor.MergedAll();
        }

        keyEvictor.Tell();
        EndJob();
        _isMerged = _isInstalling = false;
        Compactions++;
    }
}
