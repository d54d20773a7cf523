using Hedge.Storage.Caches;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Scans;

/// <summary>
/// Random blocks of a partition's runs, read in the background: a few neighbours at a time, since one read of
/// several costs little more than one. Owned by the partition; one user.
/// </summary>
/// <param name="partition">The partition.</param>
/// <param name="isIndex">True for blocks of the expiry index, from the time asked for on; false for the keys'
/// blocks.</param>
/// <param name="stretch">Neighbouring blocks that are taken together.</param>
internal sealed class BlockSampler(PartitionState partition, bool isIndex, int stretch)
    : IBlockWaiter, IDisposable
{
    private Run? _run;
    private long _next;
    private long _end;
    private int _reading;
    private CoreStorage? _core;
    private bool _hasFailed;

    /// <summary>Entries among which blocks are chosen, as many as the runs say, stale ones with
    /// them.</summary>
    public static long Entries(PartitionState partition, bool isIndex, long now)
    {
        long entries = 0;
        foreach (Run run in partition.Runs.Newest) entries += Weight(run, isIndex, now);
        return entries;
    }

    void IBlockWaiter.BlockLoaded(Run run, BlockLocation location, BlockStatus status)
    {
        _reading--;
        if (!status.IsOk) _hasFailed = true;
        // What cannot be read waits for the regular tick, so that it is not tried again and again at once.
        if (_reading == 0 && !_hasFailed) _core?.WantTick(partition);
    }

    /// <summary>True while blocks are being read; the partition is ticked when they are in.</summary>
    public bool IsReading => _reading > 0;

    /// <summary>Gives the next block; the bytes stay to the end of the turn.</summary>
    /// <param name="core">The owner core.</param>
    /// <param name="run">The block's run; one of the partition's.</param>
    /// <param name="block">The block.</param>
    /// <returns>False when there is none now; perhaps some are being read.</returns>
    public bool TryTake(CoreStorage core, out Run run, out ReadOnlySpan<byte> block)
    {
        block = default;
        run = null!;
        _core = core;
        if (_reading > 0) return false;
        if (_run is not null && (_hasFailed || _next >= _end)) End();
        if (_run is null && !Choose(core)) return false;
        BlockCache cache = core.Blocks.Cache;
        if (cache.TryGet(_run!, _run!.BlockAt(_next), BlockUse.Scan, out block))
        {
            run = _run;
            _next++;
            return true;
        }

        for (long next = _next; next < _end; next++)
            if (cache.Load(_run, _run.BlockAt(next), this)) _reading++;
        return false;
    }

    /// <summary>The partition has other runs now: one that has left it is let go, so that its file can be
    /// deleted.</summary>
    public void RunsChanged()
    {
        if (_run is not null && !partition.Runs.Newest.Contains(_run)) End();
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    private bool Choose(CoreStorage core)
    {
        long total = Entries(partition, isIndex, core.NowMilliseconds);
        if (total == 0) return false;
        long place = (long)(core.Random.Next() % (ulong)total);
        foreach (Run run in partition.Runs.Newest)
        {
            long weight = Weight(run, isIndex, core.NowMilliseconds);
            if (place >= weight)
            {
                place -= weight;
                continue;
            }

            (long first, long end) = run.KeyBlocks();
            if (isIndex)
            {
                end = first + 1;
                Span<byte> key = stackalloc byte[InternalKey.ExpiryPrefixBytes];
                InternalKey.WriteExpiry(key, core.NowMilliseconds, 0, default);
                first = Math.Max(0, run.FindBlock(key));
            }

            _next = first + (long)(core.Random.Next() % (ulong)(end - first));
            _end = Math.Min(end, _next + stretch);
            run.Acquire();
            _run = run;
            return true;
        }

        return false;
    }

    private static long Weight(Run run, bool isIndex, long now)
    {
        if (!isIndex) return run.Info.KeyPuts;
        return run.Info.ExpiryMax > now ? run.Info.PutsOf(InternalKey.ExpiryKeyspace) : 0;
    }

    private void End()
    {
        _run?.Release();
        _run = null;
        _hasFailed = false;
    }
}
