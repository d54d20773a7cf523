using Hedge.Storage.Damages;
using Hedge.Storage.Io;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Caches;

/// <summary>A read of a <see cref="BlockCache"/> under way, and who waits for it. Pooled.</summary>
internal sealed unsafe class BlockLoad(BlockCache cache) : WholeRead
{
    // SAFETY: the pages are leased until Loaded, which is called once, when no read is under way any
    // more.
    private PageLease _pages;
    private BlockPlace _place;

    public List<IBlockWaiter> Waiters { get; } = [];

    public int Slot { get; private set; }

    public bool IsBlock => _place.IsBlock;

    public void Start(in BlockPlace place, int slot, PageLease pages, IBlockWaiter waiter)
    {
        place.Run.Acquire();
        _place = place;
        _pages = pages;
        Slot = slot;
        Waiters.Add(waiter);
        Begin(cache.Disk, place.File, place.Location.Offset, pages.Start, place.Location.Length);
    }

    /// <summary>Notes what was wrong with what was read.</summary>
    public void NoteDamage(BlockStatus status, DamageRegister? damages)
    {
        if (status.Outcome == BlockOutcome.Corrupt) damages?.Report(_place.NoteDamage());
        else if (status.Errno == Errno.IoError)
            damages?.Report(new Damage(DamageKind.Unreadable, _place.File.Path, 0));
    }

    public void Tell(BlockStatus status)
    {
        Run run = _place.Run;
        BlockLocation location = _place.Location;
        _place = default;
        foreach (IBlockWaiter waiter in Waiters) waiter.BlockLoaded(run, location, status);
        Waiters.Clear();
        run.Release();
    }

    protected override void Ended(int errno, bool isWhole)
    {
        BlockOutcome outcome = errno != 0 ? BlockOutcome.IoError
            : isWhole && _place.IsIntact(_pages.Bytes) ? BlockOutcome.Ok : BlockOutcome.Corrupt;
        cache.Loaded(this, new BlockStatus(outcome, errno));
    }
}
