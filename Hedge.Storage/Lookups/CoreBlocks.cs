using Hedge.Storage.Caches;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Lookups;

/// <summary>Blocks from a core's cache. A block that the cache lacks is noted as a miss of the running
/// command.</summary>
internal sealed class CoreBlocks(BlockCache cache) : BlockSource
{
    private const int RecentMisses = 16;
    private const int AheadDivisor = 8;
    private const int EnoughDivisor = 8;
    private const int MostDivisor = 4;

    private readonly List<(BlockPlace Place, bool IsPassing)> _misses = [];
    private long _aheadBytes;
    private long _missedBytes;

    /// <summary>The cache.</summary>
    public BlockCache Cache { get; } = cache;

    /// <summary>Bounds what is read for commands.</summary>
    public ReadAdmission Admission { get; } = new(cache);

    /// <summary>True while the blocks missed are needed for the command's next run only. Otherwise a block
    /// read for a command stays until the command is done.</summary>
    public bool IsPassing { get; set; }

    /// <summary>The blocks the running command lacks; each run is referenced.</summary>
    public int Misses => _misses.Count;

    /// <summary>How look-ups went.</summary>
    public BlockFigures Figures => new()
    {
        CacheHits = Cache.Hits,
        CacheMisses = Cache.Misses,
        FilterChecks = FilterChecks,
        FilterNegatives = FilterNegatives,
        FilterFalsePositives = FilterFalsePositives,
    };

    /// <summary>True when a command that reads in rounds should read what it has missed so far.</summary>
    public bool HasEnough => _misses.Count > 0 && _missedBytes > Cache.BytesMax / EnoughDivisor;

    /// <inheritdoc/>
    public override bool TryGet(Run run, BlockLocation location, out ReadOnlySpan<byte> block)
    {
        if (Cache.TryGet(run, location, BlockUse.Lookup, out block)) return true;
        Miss(run, location);
        return false;
    }

    /// <inheritdoc/>
    public override bool TryPass(Run run, BlockLocation location, out ReadOnlySpan<byte> block) =>
        Cache.TryGet(run, location, BlockUse.Scan, out block);

    /// <inheritdoc/>
    /// <remarks>Of the blocks behind the first no more than an eighth of the cache, so that those which
    /// look-ups use stay.</remarks>
    public override void Need(Run run, long number, long end)
    {
        Miss(run, run.BlockAt(number));
        while (++number < end)
        {
            BlockLocation location = run.BlockAt(number);
            if (_aheadBytes + location.Length > Cache.BytesMax / AheadDivisor) return;
            _aheadBytes += location.Length;
            Miss(run, location);
        }
    }

    /// <inheritdoc/>
    public override bool TryGetValue(Run run, ValueReference reference, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!Cache.TryGet(BlockKey.Of(reference), BlockUse.Lookup, out ReadOnlySpan<byte> pages))
        {
            Miss(new BlockPlace(run, reference));
            return false;
        }

        value = reference.In(pages);
        return true;
    }

    /// <summary>Notes that a block is needed.</summary>
    public void Miss(Run run, BlockLocation location) => Miss(new BlockPlace(run, location));

    /// <summary>Notes that a block or a value is needed, up to a quarter of the cache.</summary>
    public void Miss(in BlockPlace place)
    {
        // Neighbours repeat, as in a scan; further back a repetition does no harm,
        // since the read is shared anyway.
        for (int i = _misses.Count - 1; i >= 0 && i >= _misses.Count - RecentMisses; i--)
        {
            if (_misses[i].Place.Key == place.Key) return;
        }

        // The command misses the blocks left out again when it runs with the others in memory.
        if (_misses.Count > 0 && _missedBytes > Cache.BytesMax / MostDivisor) return;
        _missedBytes += place.Location.Length;
        place.Run.Acquire();
        _misses.Add((place, IsPassing));
    }

    /// <summary>Starts to read the misses from number <paramref name="first"/> on, of which none is held
    /// afterwards, and forgets them; returns how many the waiter will hear of.</summary>
    /// <param name="waiter">Who waits. Bounds itself how much it reads at a time.</param>
    /// <param name="first">Number of the first.</param>
    public int Load(IBlockWaiter waiter, int first)
    {
        int started = 0;
        for (int i = first; i < _misses.Count; i++)
        {
            if (Cache.Load(_misses[i].Place, waiter)) started++;
            _misses[i].Place.Run.Release();
        }

        Cut(first);
        return started;
    }

    /// <summary>Moves the misses, with their references to runs, to a list.</summary>
    public void MoveTo(List<(BlockPlace Place, bool IsPassing)> list)
    {
        list.AddRange(_misses);
        Cut(0);
    }

    /// <summary>True when one of the misses from number <paramref name="first"/> on is known to be damaged:
    /// reading it again is of no use.</summary>
    public bool MissesDamage(int first)
    {
        for (int i = first; i < _misses.Count; i++)
        {
            BlockPlace place = _misses[i].Place;
            if (place.IsBlock && place.Run.Damage.IsAt(place.Location.Offset)) return true;
        }

        return false;
    }

    /// <summary>Forgets the misses from number <paramref name="first"/> on.</summary>
    public void Forget(int first = 0)
    {
        for (int i = first; i < _misses.Count; i++) _misses[i].Place.Run.Release();
        Cut(first);
    }

    private void Cut(int first)
    {
        _misses.RemoveRange(first, _misses.Count - first);
        if (first == 0) _aheadBytes = _missedBytes = 0;
    }
}
