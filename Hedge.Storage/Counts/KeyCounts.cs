using System.Collections.Immutable;
using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Manifests;
using Hedge.Storage.Memtables;
using Hedge.Storage.Merges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Counts;

/// <summary>
/// Keeps the key counts exact although blind writes do not know what they replace. Tells what is not known
/// yet, finds it out, and counts everything it finds once. Owned by the partition.
/// </summary>
/// <remarks>
/// A blind write counts as if it replaced a key without an expiry. Its record is marked, then the entry of
/// the run that its generation becomes. What it really replaced is found out
/// 1. at the flush, when no older run's filter knows the key;
/// 2. by a merge that holds the entry and an older one (<see cref="MergeCounts"/>);
/// 3. by a walk over all marked keys of a run or generation (<see cref="CountWalk"/>): when somebody asks
///    for the exact number, or a run at a time in the background. A range delete counts as if it had
///    removed nothing on disk. How many keys it has removed there is found out by merges and walks too
///    (<see cref="RangeWalk"/>), but not by filters. What a walk finds is counted for the run or generation
///    as a whole, which from then on is <i>counted</i>: its marks mean nothing. The next manifest says so
///    too; until then what was added for the run is remembered, because the numbers of the manifest in
///    force lack it. Inputs of a merge under way are counted all together or not at all (what walks on
///    demand find for them is kept until the last has ended, what a background walk finds is dropped), so
///    the merge's result is either as the job found it, or counted.
/// </remarks>
internal sealed class KeyCounts : IDisposable
{
    private const long WindowMilliseconds = 500;
    private const long RetryMilliseconds = 1000;
    private const long RetryMillisecondsMax = 600_000;

    private readonly PartitionState _partition;
    private readonly RecordMemory _memory;
    private readonly Dictionary<ulong, CountSums> _counted = [];
    private readonly ExactCounter _demand;
    private CountJob? _job;
    private long _retryAt;
    private readonly RetryPause _pause = new(RetryMilliseconds, RetryMillisecondsMax);
    private long _windowStart;
    private ulong _windowSequence;
    private bool _isQuiet;

    public KeyCounts(PartitionState partition)
    {
        _partition = partition;
        _memory = partition.Memory;
        _demand = new ExactCounter(partition, this);
        foreach (ManifestRun run in partition.Files.Manifest.Runs)
            if (run.IsCounted) _counted.Add(run.FileNumber, new CountSums());
    }

    /// <summary>Records and entries that are not resolved yet.</summary>
    public long Unresolved
    {
        get
        {
            long count = _memory.Active.Unresolved;
            foreach (Generation generation in _memory.Frozen)
                if (IsOpen(generation)) count += generation.Unresolved;
            foreach (Run run in _partition.Runs.Newest)
                if (!IsCounted(run)) count += run.Info.Unresolved;
            return count;
        }
    }

    /// <summary>True when the counts hold what all entries of the run have replaced.</summary>
    public bool IsCounted(Run run) => run.Info.Unresolved == 0 || _counted.ContainsKey(run.Id.FileNumber);

    /// <summary>True while writers should wait, so that the number of keys can be told.</summary>
    public bool HoldsWriters => _demand.HoldsWriters;

    /// <summary>Resolves everything that concerns a keyspace, as far as the blocks at hand allow.</summary>
    /// <returns>True when its counts are exact; false when blocks are missing, which have been
    /// noted.</returns>
    public bool TryResolve(CoreStorage core, uint keyspace)
    {
        if (!IsExact(keyspace)) return _demand.TryResolve(core);
        _demand.Told(core);
        return true;
    }

    /// <summary>Begins background work when the partition has none of its own. The owner's tick.</summary>
    /// <param name="core">The owner core.</param>
    /// <param name="isPartitionIdle">True when the partition neither flushes nor merges.</param>
    public void Tick(CoreStorage core, bool isPartitionIdle)
    {
        _demand.Tick(core);
        NoteQuiet(core);
        if (!_isQuiet || !isPartitionIdle)
        {
            _job?.Stop();
            return;
        }

        if (_partition.Installer.IsFree && HasNews)
            _partition.Installer.Begin(core, NewsOf(_partition.Files.Manifest), static _ => { });
        if (_job is not null || core.SteadyMilliseconds < _retryAt) return;
        ReadOnlySpan<Run> runs = _partition.Runs.Newest;
        for (int i = runs.Length - 1; i >= 0; i--)
        {
            if (IsCounted(runs[i])) continue;
            CountWalk walk = CountWalk.Of(runs[i], runs[(i + 1)..]);
            JobBlocks blocks = new(_partition.Settings.Shared.Disk);
            _job = new CountJob(_partition, this, runs[i], walk, blocks);
            core.Enqueue(_job);
            return;
        }
    }

    /// <summary>A background walk has ended.</summary>
    public void Walked(CoreStorage core, CountJob job)
    {
        _job = null;
        if (job.Failure is not null) _retryAt = core.SteadyMilliseconds + _pause.Failed();
        else _pause.Worked();
        bool counts = job.Failure is null && job.IsDone && HasRun(job.Run) && !IsCounted(job.Run)
            && !_partition.IsMerging(job.Run);
        if (counts) Count(job.Run, job.Sums);
    }

    /// <summary>A flush has been written; the filters have resolved some of its records.</summary>
    public void Written(Generation generation, CountSums filtered)
    {
        if (generation.Counted is not null) return;
        generation.Filtered = filtered;
        Apply(filtered, generation);
    }

    /// <summary>A generation has become a run.</summary>
    public void Installed(Generation generation, Run? run)
    {
        if (run is not null && run.Info.Unresolved > 0 && generation.Counted is not null)
            _counted.Add(run.Id.FileNumber, generation.Counted);
    }

    /// <summary>A merge has been installed.</summary>
    /// <param name="output">Its run; null when nothing was left.</param>
    /// <param name="merge">What was merged.</param>
    /// <param name="found">What the merge has found out.</param>
    /// <param name="wasCounted">What <see cref="AreCounted"/> said for the manifest.</param>
    public void Merged(Run? output, CompactionPlan merge, CountSums found, bool wasCounted)
    {
        if (!AreCounted(merge)) Apply(found, null);
        else if (output is not null && output.Info.Unresolved > 0)
        {
            CountSums late = new();
            if (!wasCounted)
            {
                for (int i = 0; i < merge.Inputs.Count; i++)
                    if (!merge.IsCounted[i]) late.Add(_counted[merge.Inputs[i].Id.FileNumber]);
                late.Subtract(found);
            }

            _counted.Add(output.Id.FileNumber, late);
        }
    }

    /// <summary>True when the inputs of a merge have been counted since it was planned. Then what the merge
    /// has found out must not be counted again.</summary>
    public bool AreCounted(CompactionPlan merge)
    {
        int counted = 0;
        int open = 0;
        for (int i = 0; i < merge.Inputs.Count; i++)
        {
            if (merge.IsCounted[i]) continue;
            if (IsCounted(merge.Inputs[i])) counted++;
            else open++;
        }

        Invariant.Check(counted == 0 || open == 0, "a merge's inputs are counted together");
        return counted > 0;
    }

    /// <summary>The partition has other runs now.</summary>
    public void RunsChanged()
    {
        List<ulong> gone = [];
        foreach (ulong number in _counted.Keys)
        {
            bool isHeld = false;
            foreach (Run run in _partition.Runs.Newest) isHeld |= run.Id.FileNumber == number;
            if (!isHeld) gone.Add(number);
        }

        foreach (ulong number in gone) _counted.Remove(number);
        _demand.RunsChanged();
    }

    /// <summary>Runs as a manifest names them.</summary>
    public ImmutableArray<ManifestRun> NamesOf(ReadOnlySpan<Run> newestFirst, Run? added = null,
        bool isAddedCounted = false)
    {
        ImmutableArray<ManifestRun>.Builder names =
            ImmutableArray.CreateBuilder<ManifestRun>(newestFirst.Length);
        foreach (Run run in newestFirst)
        {
            bool isCounted = IsCounted(run) || (ReferenceEquals(run, added) && isAddedCounted);
            names.Add(new ManifestRun(run.Id.FileNumber, run.Info.FileBytes, isCounted));
        }

        return names.MoveToImmutable();
    }

    /// <summary>The key counts for a manifest that follows the one in force without a flush: those of the
    /// one in force, corrected by what has been found out about its runs since.</summary>
    /// <param name="manifest">The manifest in force.</param>
    /// <param name="more">What a merge has found out besides; null for nothing.</param>
    public ImmutableArray<KeyspaceKeys> KeysAfter(PartitionManifest manifest, CountSums? more)
    {
        CountSums sums = new();
        foreach (KeyspaceKeys keys in manifest.Keys) sums.Add(keys.Keyspace, keys.Keys, keys.Expires);
        foreach (ManifestRun run in manifest.Runs)
            if (!run.IsCounted && _counted.TryGetValue(run.FileNumber, out CountSums? news)) sums.Add(news);
        if (more is not null) sums.Add(more);
        ImmutableArray<KeyspaceKeys>.Builder result = ImmutableArray.CreateBuilder<KeyspaceKeys>();
        foreach (CountCorrection sum in sums.All)
        {
            bool isEmpty = sum.Keys == 0 && sum.Expires == 0;
            if (!isEmpty && manifest.Databases.Contains(sum.Keyspace & ~Keyspaces.NodeBit))
                result.Add(new KeyspaceKeys(sum.Keyspace, sum.Keys, sum.Expires));
        }

        return result.ToImmutable();
    }

    /// <summary>The numbers of nodes by the manifest in force and what has been found out about its runs
    /// since.</summary>
    public CountSums NodesAfter(PartitionManifest manifest)
    {
        CountSums nodes = new();
        foreach (KeyspaceKeys keys in KeysAfter(manifest, null))
            if ((keys.Keyspace & Keyspaces.NodeBit) != 0) nodes.Add(keys.Keyspace, keys.Keys, 0);
        return nodes;
    }

    /// <summary>Gives up what is under way.</summary>
    public void Dispose() => _demand.Dispose();

    private bool HasNews
    {
        get
        {
            foreach (ManifestRun run in _partition.Files.Manifest.Runs)
                if (!run.IsCounted && _counted.ContainsKey(run.FileNumber)) return true;
            return false;
        }
    }

    private PartitionManifest NewsOf(PartitionManifest manifest) => manifest with
    {
        Runs = NamesOf(_partition.Runs.Newest),
        Keys = KeysAfter(manifest, null),
    };

    private bool IsExact(uint keyspace)
    {
        if (_memory.Active.Unresolved > 0) return false;
        foreach (Generation generation in _memory.Frozen)
            if (IsOpen(generation) && keyspace < generation.Counts!.Next) return false;
        foreach (Run run in _partition.Runs.Newest)
            if (!IsCounted(run) && run.Info.UnresolvedOf(keyspace) > 0) return false;
        return true;
    }

    /// <summary>True when a frozen generation has unresolved records or range tombstones.</summary>
    public static bool IsOpen(Generation generation) =>
        generation is { IsReleasing: false, Counted: null, Unresolved: > 0 };

    /// <summary>True when the run is one of the partition's.</summary>
    public bool HasRun(Run run) => _partition.Runs.Newest.Contains(run);

    /// <summary>Counts what the run's entries have replaced, of which all is known now.</summary>
    public void Count(Run run, CountSums sums)
    {
        _counted.Add(run.Id.FileNumber, sums);
        Apply(sums, null);
    }

    /// <summary>Counts what a frozen generation's records have replaced, of which all is known
    /// now.</summary>
    public void Count(Generation generation, CountSums sums)
    {
        if (generation.Filtered is not null) sums.Subtract(generation.Filtered);
        generation.Counted = sums;
        Apply(sums, generation);
    }

    // The counts that were copied when this generation and later ones were frozen lack the correction too.
    // When it is about a run, the copies of all generations lack it.
    private void Apply(CountSums sums, Generation? first)
    {
        bool counts = first is null;
        foreach (CountCorrection sum in sums.All)
            _partition.Keyspaces.Count(sum.Keyspace, sum.Keys, sum.Expires);
        foreach (Generation frozen in _memory.Frozen)
        {
            counts |= ReferenceEquals(frozen, first);
            if (!counts) continue;
            foreach (CountCorrection sum in sums.All)
                frozen.Counts!.Count(sum.Keyspace, sum.Keys, sum.Expires);
        }
    }

    private void NoteQuiet(CoreStorage core)
    {
        if (core.SteadyMilliseconds - _windowStart < WindowMilliseconds) return;
        ulong changes = _partition.Sequence - _windowSequence;
        _isQuiet = _windowStart != 0 && changes <= (ulong)_partition.Settings.QuietChanges;
        _windowStart = core.SteadyMilliseconds;
        _windowSequence = _partition.Sequence;
    }
}
