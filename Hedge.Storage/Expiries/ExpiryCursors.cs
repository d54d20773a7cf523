using Hedge.Storage.Caches;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Merges;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Expiries;

/// <summary>A walk over the expiry indices of a partition's runs in the order of time, which is read in the
/// background. Owned by the partition.</summary>
internal sealed class ExpiryCursors(PartitionState partition) : IDisposable
{
    private MergedEntries? _merged;
    private bool _isLeft;

    /// <summary>The index key stood on; valid until the walk goes on.</summary>
    public ReadOnlySpan<byte> Key => _merged!.Key;

    /// <summary>Stands on the earliest entry, at or after the time when the walk begins anew.</summary>
    /// <param name="core">The owner core.</param>
    /// <param name="from">Unix milliseconds.</param>
    /// <param name="waiter">Hears of the blocks that are read.</param>
    /// <param name="reading">Counts how many it will hear of.</param>
    public CursorState First(CoreStorage core, long from, IBlockWaiter waiter, ref int reading)
    {
        _merged ??= Open(core, from);
        if (_merged.State == CursorState.Ready && !_isLeft) return CursorState.Ready;
        _isLeft = false;
        int before = core.Blocks.Misses;
        CursorState state = _merged.MoveNext();
        reading += core.Blocks.Load(waiter, before);
        return state;
    }

    /// <summary>Leaves the entry stood on.</summary>
    public void MoveNext() => _isLeft = true;

    /// <summary>Begins anew at the next use: the partition has other runs.</summary>
    public void Reset()
    {
        _merged?.Dispose();
        _merged = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Reset();

    private MergedEntries Open(CoreStorage core, long from)
    {
        List<EntrySource> newestFirst = [];
        foreach (Run run in partition.Runs.Newest)
        {
            if (run.Info.ExpiryMax == 0 || run.Info.ExpiryMax < from) continue;
            // Look-ups still find that its keys have expired.
            if (run.HasDamagedExpiries) continue;
            newestFirst.Add(new RunCursor(run, core.Blocks));
        }

        MergedEntries merged = new(newestFirst)
        {
            Bounds = KeyRange.Of(InternalKey.ExpiryKeyspace, default, default),
        };
        Span<byte> key = stackalloc byte[InternalKey.ExpiryPrefixBytes];
        InternalKey.WriteExpiry(key, from, 0, default);
        merged.Seek(key);
        _isLeft = false;
        return merged;
    }
}
