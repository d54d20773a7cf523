using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Ranges;

namespace Hedge.Storage.Counts;

/// <summary>Resolves the blind writes of the active generation, in batches: those made since the last one, in
/// key order. Each record counts as soon as it is resolved. Owned by the partition.</summary>
internal sealed class ActiveCounts(PartitionState partition) : IDisposable
{
    private Generation? _generation;
    private uint _from;
    private CountWalk? _walk;

    /// <summary>Resolves what the blocks at hand allow.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="windowKeys">Keys under way at once.</param>
    /// <returns>False when blocks are missing, which have been noted.</returns>
    public bool TryResolve(BlockSource blocks, int windowKeys)
    {
        Generation active = partition.Memory.Active;
        if (!ReferenceEquals(_generation, active)) Forget();
        _generation = active;
        while (active.CountsPending > 0)
        {
            if (_walk is null)
            {
                // A record is marked when it is made, so what lies before this batch has been resolved.
                ActiveRecords keys = new(active, _from, partition.Keyspaces);
                _from = active.Records.Count;
                _walk = new CountWalk(keys, partition.Runs.Newest, windowKeys,
                    partition.Memory.RemovedBefore(active));
            }

            if (_walk.Go(blocks) != WalkState.Done) return false;
            // Keys are counted record by record.
            foreach (CountCorrection sum in _walk.Sums.All)
            {
                if ((sum.Keyspace & Keyspaces.NodeBit) != 0)
                    partition.Keyspaces.Count(sum.Keyspace, sum.Keys, 0);
            }

            _walk.Dispose();
            _walk = null;
            // What is still pending was dropped, its keyspace being dead.
            if (_from == active.Records.Count) active.CountsPending = 0;
        }

        return TryResolveRanges(active, blocks);
    }

    /// <summary>Gives up what is under way; the next call begins anew.</summary>
    public void Forget()
    {
        if (_generation is null) return;
        _walk?.Dispose();
        _walk = null;
        _generation = null;
        _from = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => Forget();

    // What is counted is noted before every stop, since a key before that place may be written meanwhile
    // (see PartitionWriter.DeltaOf). So after each stop a new walk begins.
    private bool TryResolveRanges(Generation active, BlockSource blocks)
    {
        KeyRanges uncounted = active.Ranges.Uncounted;
        if (uncounted.Count == 0) return true;
        uncounted.Keep(partition.Keyspaces.IsLive);
        CountSums sums = new();
        KeyRanges ranges = uncounted.Copy();
        using RangeWalk walk = new(ranges, new GenerationEntries(active.Sorted()),
            partition.Runs.Newest.ToArray(), partition.Memory.RemovedBefore(active), sums);
        WalkState state = walk.Go(blocks, int.MaxValue);
        walk.Counted(uncounted);
        foreach (CountCorrection sum in sums.All)
            partition.Keyspaces.Count(sum.Keyspace, sum.Keys, sum.Expires);
        return state == WalkState.Done;
    }
}
