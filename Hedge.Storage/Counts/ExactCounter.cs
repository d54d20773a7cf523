using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Counts;

/// <summary>
/// Finds the exact number of keys when somebody asks, through the core's blocks: called again and again until
/// all it needs has been read. Owned by the partition's <see cref="KeyCounts"/>.
/// </summary>
/// <remarks>
/// 1. Each run with unresolved entries and each frozen generation with unresolved records is walked, one
///    after the other, and counted at once; but inputs of a merge under way wait until the last of them has
///    been walked.
/// 2. The active generation is resolved record by record.
/// 3. While others write, each attempt finds new blind writes. So when nothing else has been left for a
///    while in any partition, writers wait until the number has been told.
/// </remarks>
internal sealed class ExactCounter(PartitionState partition, KeyCounts counts) : IDisposable
{
    private const long PatienceMilliseconds = 50;
    private const long AskingMilliseconds = 30;
    private const long ForgetMilliseconds = 10_000;

    // All partitions may be asked at once, and the blocks read for each must still be in the cache when
    // they are used.
    private const int CacheDivisor = 4;
    private const int WindowKeysMin = 16;
    private const int WindowKeysMax = 256;

    private readonly ActiveCounts _active = new(partition);
    private readonly Dictionary<Run, CountSums> _walked = [];
    private CountWalk? _walk;
    private object? _walking;
    private int _windowKeys;
    private long _askedAt;
    private long _restDoneAt;

    /// <summary>True while writers should wait, so that the number of keys can be told.</summary>
    public bool HoldsWriters { get; private set; }

    /// <summary>Notes that the number was exact without any work.</summary>
    public void Told(CoreStorage core)
    {
        if (HoldsWriters) _askedAt = core.SteadyMilliseconds;
    }

    /// <summary>Resolves everything, as far as the blocks at hand allow.</summary>
    /// <returns>False when blocks are missing, which have been noted.</returns>
    public bool TryResolve(CoreStorage core)
    {
        core.Blocks.IsPassing = true;
        bool isDone = Resolve(core);
        core.Blocks.IsPassing = false;
        return isDone;
    }

    /// <summary>Lets writers go on, and later gives up what was begun, when nobody asks any more. The owner's
    /// tick.</summary>
    public void Tick(CoreStorage core)
    {
        long silence = core.SteadyMilliseconds - _askedAt;
        if (silence > AskingMilliseconds)
        {
            HoldsWriters = false;
            _restDoneAt = 0;
        }

        if (silence <= ForgetMilliseconds) return;
        EndWalk();
        _active.Forget();
    }

    /// <summary>The partition has other runs now.</summary>
    public void RunsChanged()
    {
        foreach (Run run in _walked.Keys.ToArray())
            if (!counts.HasRun(run)) _walked.Remove(run);
        if (_walking is Run walking && !counts.HasRun(walking)) EndWalk();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndWalk();
        _active.Dispose();
    }

    private bool Resolve(CoreStorage core)
    {
        _askedAt = core.SteadyMilliseconds;
        long window = core.Blocks.Cache.BytesMax / CacheDivisor / partition.Settings.Shared.Partitions
            / Page.Bytes;
        _windowKeys = (int)Math.Clamp(window, WindowKeysMin, WindowKeysMax);
        bool isActiveDone = _active.TryResolve(core.Blocks, _windowKeys);
        if (!TryResolveRest(core.Blocks))
        {
            core.CountsWalkedAt = core.SteadyMilliseconds;
            return false;
        }

        Invariant.Check(_walked.Count == 0, "what was walked is counted");
        if (_restDoneAt == 0) _restDoneAt = core.SteadyMilliseconds;
        long since = Math.Max(_restDoneAt, core.CountsWalkedAt);
        HoldsWriters |= !isActiveDone && core.SteadyMilliseconds - since > PatienceMilliseconds;
        return isActiveDone;
    }

    private bool TryResolveRest(BlockSource blocks)
    {
        CountWalked();
        ReadOnlySpan<Run> runs = partition.Runs.Newest;
        for (int i = runs.Length - 1; i >= 0; i--)
        {
            if (counts.IsCounted(runs[i]) || _walked.ContainsKey(runs[i])) continue;
            if (!Walk(blocks, runs[i], runs[(i + 1)..])) return false;
        }

        // What a generation's blind write replaced is in a run: the key was in a run when the write was
        // made, or did not exist.
        foreach (Generation generation in partition.Memory.Frozen)
            if (KeyCounts.IsOpen(generation) && !Walk(blocks, generation, runs)) return false;
        return true;
    }

    private bool Walk(BlockSource blocks, object unit, ReadOnlySpan<Run> older)
    {
        if (!ReferenceEquals(_walking, unit))
        {
            EndWalk();
            _walk = unit is Generation records
                ? CountWalk.Of(records, older, _windowKeys, partition.Memory.RemovedBefore(records))
                : CountWalk.Of((Run)unit, older, _windowKeys);
            _walking = unit;
        }

        CountSums sums = _walk!.Sums;
        if (older.IsEmpty && unit is Run oldest) sums = AllAbsent(oldest);
        else if (_walk.Go(blocks) != WalkState.Done) return false;
        EndWalk();
        if (unit is Generation generation) counts.Count(generation, sums);
        else
        {
            _walked.Add((Run)unit, sums);
            CountWalked();
        }

        return true;
    }

    // Inputs of a merge are not counted until all of them have been walked.
    private void CountWalked()
    {
        bool lacksInput = false;
        foreach (Run run in partition.Runs.Newest)
        {
            lacksInput |= partition.IsMerging(run) && !counts.IsCounted(run)
                && !_walked.ContainsKey(run);
        }

        foreach ((Run run, CountSums sums) in _walked.ToArray())
        {
            if (lacksInput && partition.IsMerging(run)) continue;
            _walked.Remove(run);
            if (!counts.IsCounted(run)) counts.Count(run, sums);
        }
    }

    private static CountSums AllAbsent(Run oldest)
    {
        CountSums sums = new();
        foreach (KeyspaceCount count in oldest.Info.Keyspaces) sums.Add(count.Keyspace, count.Unresolved, 0);
        return sums;
    }

    private void EndWalk()
    {
        _walk?.Dispose();
        _walk = null;
        _walking = null;
    }
}
