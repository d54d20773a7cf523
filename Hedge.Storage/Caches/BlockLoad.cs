using Hedge.Storage.Io;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Caches;

/// <summary>A read of a <see cref="BlockCache"/> under way, and who waits for it. Pooled.</summary>
internal sealed unsafe class BlockLoad(BlockCache cache) : DiskOperation
{
    // SAFETY: the pages are leased until Loaded, which is called once, when no read is under way any
    // more.
    private PageLease _pages;
    private BlockPlace _place;
    private int _done;

    public List<IBlockWaiter> Waiters { get; } = [];

    public int Slot { get; private set; }

    public bool IsBlock => _place.IsBlock;

    public void Start(in BlockPlace place, int slot, PageLease pages, IBlockWaiter waiter)
    {
        place.Run.Acquire();
        _place = place;
        _pages = pages;
        _done = 0;
        Slot = slot;
        Waiters.Add(waiter);
        ReadOn();
    }

    public override void Complete(int result)
    {
        if (result < 0)
        {
            cache.Loaded(this, new BlockStatus(BlockOutcome.IoError, -result));
            return;
        }

        // A short read is continued at the page it stopped in, as direct I/O wants.
        int done = (_done + result) & -Page.Bytes;
        bool isWhole = _done + result >= _place.Location.Length;
        bool isStuck = !isWhole && done == _done;
        _done = done;
        if (!isWhole && !isStuck)
        {
            ReadOn();
            return;
        }

        bool isIntact = isWhole && _place.IsIntact(_pages.Bytes);
        cache.Loaded(this, new BlockStatus(isIntact ? BlockOutcome.Ok : BlockOutcome.Corrupt, 0));
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

    private void ReadOn() => cache.Disk.Read(
        _place.File, _place.Location.Offset + _done, _pages.Start + _done,
        _place.Location.Length - _done, this);
}
