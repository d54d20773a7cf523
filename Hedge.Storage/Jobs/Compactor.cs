using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Counts;
using Hedge.Storage.Evictions;
using Hedge.Storage.Expiries;
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
        bool isFree = _job is null && core.NowMilliseconds >= _retryAt;
        bool isNew = partition.Runs.Version != _pickedVersion
            || _shared.Values.Condemnations != _pickedCondemnations;
        if (isFree && WantsRoom()) Merge(core, RangeWithRoom(), isUrgent: true);
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

    /// <summary>The job has ended.</summary>
    public void Merged(CoreStorage core, CompactJob job)
    {
        LastFailure = job.Failure;
        if (job.Failure is null)
        {
            _isMerged = true;
            if (partition.Installer.IsFree) Install(core);
            return;
        }

        EndJob();
        _pickedVersion = -1;
        _retryAt = core.NowMilliseconds + RetryMilliseconds;
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

    private void FollowPolicy(CoreStorage core)
    {
        if (core.NowMilliseconds >= _adviceAt)
        {
            _adviceAt = core.NowMilliseconds + AdviceMilliseconds;
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
        ReadOnlySpan<Run> runs = partition.Runs.Newest;
        long[] sizes = new long[runs.Length];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = runs[i].Info.FileBytes;
        bool isWasteful = _shared.DiskLimit.IsWasteful(partition.Index);
        RunRange? picked = RemovedPicker.Pick(runs)
            ?? CompactionPicker.Pick(Policy, sizes, isWasteful, partition.Settings.Compaction);
        bool areTooMany = runs.Length > partition.Settings.Compaction.PartitionRunsMax;
        if (picked is { } range) Merge(core, range, areTooMany);
        else if (RunToEmpty(runs) is { } emptying)
        {
            // For room, all the partition's runs at once: the files are given up when all partitions have
            // been through with them.
            if (_shared.DiskLimit.IsTight) emptying = new RunRange(0, runs.Length);
            Merge(core, emptying, isUrgent: true);
        }
    }

    // How much range tombstones have removed is known, so that less is enough for a merge, and the wait is
    // shorter.
    private void PickRemoved(CoreStorage core)
    {
        if (_quietMilliseconds < ShortQuietMilliseconds) return;
        int percent = _quietMilliseconds < QuietMilliseconds ? RemovedPercentQuiet : RemovedPercentAtRest;
        if (_removedPicked == (partition.Runs.Version, percent)) return;
        _removedPicked = (partition.Runs.Version, percent);
        RunRange? picked = RemovedPicker.Pick(partition.Runs.Newest, percent);
        if (picked is { } range) Merge(core, range, isUrgent: true);
    }

    // The runs have been exchanged since all were merged to free what is dead in them, and it is time again.
    private bool WantsRoom() => partition.Runs.Version != _roomVersion
        && (_shared.DiskLimit.WantsMerge(partition.Index) || IsWastefulAtRest())
        && CanShrink(partition.Runs.Newest);

    // On a disk that is nearly full the newest runs first, as many as there is room for: what they free makes
    // room for more.
    private RunRange RangeWithRoom()
    {
        ReadOnlySpan<Run> runs = partition.Runs.Newest;
        BlockCompression compression = _shared.Compression;
        if (_shared.DiskLimit.HasRoom(partition.Index, BytesOf(runs, compression), isWhole: true))
            return new RunRange(0, runs.Length);
        int count = Math.Min(2, runs.Length);
        long bytes = BytesOf(runs[..count], compression);
        for (; count < runs.Length; count++)
        {
            bytes += BytesOf(runs.Slice(count, 1), compression);
            if (!_shared.DiskLimit.HasRoom(partition.Index, bytes, isWhole: false)) break;
        }

        return new RunRange(0, count);
    }

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

    // A single run has every key once. A merge makes it smaller only by keys that were removed or whose
    // keyspace is dead.
    private bool CanShrink(ReadOnlySpan<Run> runs)
    {
        if (runs.Length != 1) return runs.Length > 1;
        RunInfo info = runs[0].Info;
        PartitionManifest manifest = partition.Files.Manifest;
        if (info.Tombstones > 0 || !info.Ranges.IsEmpty || runs[0].RefersToCondemned()) return true;
        if (info.ExpiryMin != 0 && info.ExpiryMin < manifest.ExpiryHorizon) return true;
        foreach (KeyspaceCount count in info.Keyspaces)
        {
            bool isIndex = count.Keyspace == InternalKey.ExpiryKeyspace;
            if (!isIndex && !IsLive(manifest, count.Keyspace)) return true;
        }

        return false;
    }

    // Without writes no merge would come by itself to free the space of dead data. A few writes make no
    // difference.
    private void NoteWrites(CoreStorage core)
    {
        long now = core.NowMilliseconds;
        bool isWriting = partition.Sequence - _writes > TrickleChanges;
        if (isWriting || _quietSince < 0 || now < _quietSince) _quietSince = now;
        if (isWriting || now - _writesAt >= TrickleMilliseconds || now < _writesAt)
            (_writes, _writesAt) = (partition.Sequence, now);
        _quietMilliseconds = now - _quietSince;
    }

    private static bool IsLive(PartitionManifest manifest, uint keyspace) =>
        (keyspace & ~Keyspaces.NodeBit) >= manifest.NextKeyspace
        || manifest.Databases.Contains(keyspace & ~Keyspaces.NodeBit);

    private void Merge(CoreStorage core, RunRange range, bool isUrgent)
    {
        ReadOnlySpan<Run> runs = partition.Runs.Newest;
        BlockCompression compression =
            range.End == runs.Length ? _shared.Compression : _shared.CompressionUpper;
        long most = BytesOf(runs.Slice(range.Newest, range.Count), compression);
        if (!_shared.DiskLimit.TryBeginMerge(most, isUrgent, core.NowMilliseconds))
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
            IsLiveKeyspace = keyspace => IsLive(manifest, keyspace),
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

    // The most that a merge can write: all it reads, and the values that it moves.
    private static long BytesOf(ReadOnlySpan<Run> inputs, BlockCompression compression)
    {
        long bytes = 0;
        foreach (Run run in inputs)
        {
            bytes += run.Info.FileBytes + run.CondemnedBytes();
            if (compression == BlockCompression.None)
                bytes += Math.Max(0, run.Info.BlockBytes - run.Info.StoredBlockBytes);
        }

        return bytes;
    }

    private void EndJob()
    {
        _job?.Space.End();
        _job = null;
        partition.Merging = [];
        _shared.DiskLimit.EndMerge(_taken);
        _taken = 0;
    }

    // With no merge due, one run that refers to condemned value files is rewritten, to move the values.
    private static RunRange? RunToEmpty(ReadOnlySpan<Run> runs)
    {
        for (int i = runs.Length - 1; i >= 0; i--)
            if (runs[i].RefersToCondemned()) return new RunRange(i, 1);
        return null;
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
