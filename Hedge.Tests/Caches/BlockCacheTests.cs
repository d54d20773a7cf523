using Hedge.Storage.Caches;
using Hedge.Storage.Io;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Caches;

[Category("fast")]
public sealed class BlockCacheTests
{
    private const int Page = Hedge.Storage.Pages.Page.Bytes;

    private MemoryDisk _disk = null!;
    private MemoryDiskQueue _queue = null!;
    private Run _run = null!;

    [SetUp]
    public void SetUp()
    {
        _disk = new MemoryDisk();
        _queue = new MemoryDiskQueue(_disk);
        byte[] value = new byte[1500];
        ModelEntry.Write(_disk, "run", Enumerable.Range(0, 1000).Select(i =>
        {
            byte[] user = System.Text.Encoding.ASCII.GetBytes($"{i:D6}");
            return ModelEntry.Put(ModelEntry.KeyOf(1, user), i == 999 ? new byte[3_000_000] : value);
        }));
        _run = Run.Open(_disk, "run", ModelEntry.Id);
    }

    [TearDown]
    public void TearDown()
    {
        _run.Release();
        Assert.That(_disk.OpenFiles, Is.Zero, "loads give their references back");
    }

    [Test]
    public void Loads_of_one_block_share_one_read_and_every_waiter_hears()
    {
        using BlockCache cache = new(_queue, 100 * Page);
        Waiter[] waiters = [new(), new(), new()];
        BlockLocation location = _run.BlockAt(0);
        Assert.That(cache.TryGet(_run, location, BlockUse.Lookup, out _), Is.False);
        foreach (Waiter waiter in waiters) Assert.That(cache.Load(_run, location, waiter), Is.True);
        Assert.That((_queue.Started, cache.InFlight), Is.EqualTo((1, 1)));
        bool isThere = cache.TryGet(_run, location, BlockUse.Lookup, out _);
        Assert.That(isThere, Is.False, "a block being read is not there");
        _queue.CompleteAll();

        foreach (Waiter waiter in waiters)
            Assert.That(waiter.Statuses, Is.EqualTo(new[] { new BlockStatus(BlockOutcome.Ok, 0) }));
        Assert.That(cache.InFlight, Is.Zero);
        Assert.That(cache.TryGet(_run, location, BlockUse.Lookup, out ReadOnlySpan<byte> block), Is.True);
        Assert.That(BlockReader.TryFind(block, ModelEntry.KeyOf(1, "000000"u8), out _), Is.True);
        Assert.That(cache.Load(_run, location, waiters[0]), Is.False, "nothing to wait for");
        Assert.That(waiters[0].Statuses, Has.Count.EqualTo(1));
        Assert.That((cache.Hits, cache.Misses), Is.EqualTo((0L, 2L)), "the first use after a load is no hit");
        cache.TryGet(_run, location, BlockUse.Lookup, out _);
        Assert.That(cache.Hits, Is.EqualTo(1));
    }

    [Test]
    public void A_lowered_budget_gives_memory_back_although_what_is_kept_lies_scattered()
    {
        using BlockCache cache = new(_queue, 400 * Page);
        Assert.That(_run.Blocks, Is.GreaterThan(200));
        for (int block = 0; block < 200; block++) LoadNow(cache, _run.BlockAt(block));
        for (int turn = 0; turn < 3; turn++)
        {
            cache.EndTurn();
            for (int block = 0; block < 200; block += 10)
                cache.TryGet(_run, _run.BlockAt(block), BlockUse.Lookup, out _);
        }

        cache.EndTurn();
        cache.BytesMax = 100 * Page;
        Assert.That(cache.HeldBytes, Is.GreaterThan(200 * Page), "scattered");
        cache.Trim();
        Assert.That(cache.HeldBytes, Is.LessThanOrEqualTo((100 + 128) * Page));
        Assert.That(cache.Bytes, Is.LessThanOrEqualTo(100 * Page).And.GreaterThan(0));
        Assert.That(cache.BytesMax, Is.EqualTo(100 * Page));
    }

    [Test]
    public void The_budget_holds_and_what_is_looked_up_again_outlives_a_scan()
    {
        using BlockCache cache = new(_queue, 40 * Page);
        BlockLocation hot = _run.BlockAt(0);
        LoadNow(cache, hot);
        for (int i = 0; i < 3; i++)
        {
            cache.EndTurn();
            Assert.That(cache.TryGet(_run, hot, BlockUse.Lookup, out _), Is.True);
        }

        for (int block = 1; block < 30; block++)
        {
            cache.EndTurn();
            LoadNow(cache, _run.BlockAt(block));
            Assert.That(cache.TryGet(_run, _run.BlockAt(block), BlockUse.Scan, out _), Is.True);
            Assert.That(cache.Bytes, Is.LessThanOrEqualTo(cache.BytesMax));
        }

        Assert.That(cache.Evictions, Is.GreaterThan(0));
        Assert.That(cache.TryGet(_run, _run.BlockAt(1), BlockUse.Lookup, out _), Is.False);
        Assert.That(cache.TryGet(_run, hot, BlockUse.Lookup, out _), Is.True);
    }

    [Test]
    public void A_block_stays_in_place_to_the_end_of_its_turn_whatever_the_budget()
    {
        using BlockCache cache = new(_queue, 64 * Page);
        int blocks = (int)Math.Min(_run.Blocks - 1, 100);
        for (int block = 0; block < blocks; block++) LoadNow(cache, _run.BlockAt(block));
        for (int block = 0; block < blocks; block++)
            Assert.That(cache.TryGet(_run, _run.BlockAt(block), BlockUse.Lookup, out _), Is.True);
        Assert.That(cache.Bytes, Is.GreaterThan(cache.BytesMax));
        cache.EndTurn();
        Assert.That(cache.Bytes, Is.LessThanOrEqualTo(cache.BytesMax));
        cache.EndTurn();
        cache.BytesMax = 10 * Page;
        Assert.That(cache.Bytes, Is.LessThanOrEqualTo(10 * Page));
        Assert.That(cache.HeldBytes, Is.LessThan(1024 * 1024));
    }

    [Test]
    public void A_huge_block_leaves_the_others_alone_and_goes_when_unused()
    {
        using BlockCache cache = new(_queue, 64 * Page);
        LoadNow(cache, _run.BlockAt(0));
        BlockLocation huge = _run.BlockAt(_run.Blocks - 1);
        Assert.That(huge.Length, Is.GreaterThan(3_000_000));
        LoadNow(cache, huge);
        Assert.That(cache.TryGet(_run, huge, BlockUse.Lookup, out _), Is.True);
        cache.EndTurn();
        Assert.That(cache.TryGet(_run, huge, BlockUse.Lookup, out _), Is.True);
        cache.EndTurn();
        cache.EndTurn();
        Assert.That(cache.TryGet(_run, huge, BlockUse.Lookup, out _), Is.False);
        Assert.That(cache.TryGet(_run, _run.BlockAt(0), BlockUse.Lookup, out _), Is.True);
        Assert.That(cache.Bytes, Is.EqualTo(_run.BlockAt(0).Length));
    }

    [Test]
    public void Nobody_looks_at_what_is_held_to_find_room()
    {
        using BlockCache cache = new(_queue, 64 * Page);
        int blocks = (int)_run.Blocks - 1;
        List<BlockHold> holds = [];
        for (int block = 0; block < blocks; block++)
        {
            LoadNow(cache, _run.BlockAt(block));
            holds.Add(cache.Hold(BlockKey.Of(_run, _run.BlockAt(block))));
            cache.EndTurn();
        }

        Assert.That(cache.Bytes, Is.EqualTo(cache.BusyBytes).And.GreaterThan(cache.BytesMax * 3));
        Assert.That(cache.Examined, Is.Zero);
        foreach (BlockHold hold in holds) cache.Release(hold);
        Assert.That(cache.BusyBytes, Is.Zero);
        cache.EndTurn();
        Assert.That(cache.Bytes, Is.LessThanOrEqualTo(cache.BytesMax).And.GreaterThan(0));
        Assert.That(cache.Examined, Is.LessThanOrEqualTo(4 * blocks));
    }

    [Test]
    public void Nobody_looks_long_for_room_in_a_turn_that_uses_all_blocks()
    {
        using BlockCache cache = new(_queue, 64 * Page);
        int blocks = (int)_run.Blocks - 1;
        for (int block = 0; block < blocks; block++)
        {
            LoadNow(cache, _run.BlockAt(block));
            cache.TryGet(_run, _run.BlockAt(block), BlockUse.Lookup, out _);
        }

        Assert.That(cache.Bytes, Is.GreaterThan(cache.BytesMax * 3));
        Assert.That(cache.Examined, Is.Zero);
    }

    [Test]
    public void An_error_of_the_disk_is_reported_to_all_and_not_kept()
    {
        using BlockCache cache = new(_queue, 100 * Page);
        Waiter[] waiters = [new(), new()];
        BlockLocation location = _run.BlockAt(3);
        foreach (Waiter waiter in waiters) cache.Load(_run, location, waiter);
        _queue.Error = -Errno.IoError;
        _queue.CompleteAll();
        BlockStatus failed = new(BlockOutcome.IoError, Errno.IoError);
        foreach (Waiter waiter in waiters) Assert.That(waiter.Statuses.Single(), Is.EqualTo(failed));
        Assert.That((cache.Bytes, cache.Failures), Is.EqualTo((0L, 1L)));
        Assert.That(cache.TryGet(_run, location, BlockUse.Lookup, out _), Is.False);

        _queue.Error = 0;
        LoadNow(cache, location);
        Assert.That(cache.TryGet(_run, location, BlockUse.Lookup, out _), Is.True);
    }

    [Test]
    public void A_damaged_or_missing_block_is_reported_and_not_kept()
    {
        using BlockCache cache = new(_queue, 100 * Page);
        BlockLocation location = _run.BlockAt(2);
        _disk.Content("run")[(int)location.Offset + 100] ^= 4;
        Waiter waiter = new();
        cache.Load(_run, location, waiter);
        _queue.CompleteAll();
        _disk.Content("run")[(int)location.Offset + 100] ^= 4;
        LoadNow(cache, location);
        cache.Load(_run, new BlockLocation((uint)(_run.Info.FileBytes / Page) + 10, 1), waiter);
        _queue.CompleteAll();
        BlockStatus corrupt = new(BlockOutcome.Corrupt, 0);
        Assert.That(waiter.Statuses, Is.EqualTo(Enumerable.Repeat(corrupt, 2)));
        Assert.That(cache.Bytes, Is.EqualTo(location.Length));
    }

    [Test]
    public void A_short_read_is_continued()
    {
        using BlockCache cache = new(_queue, 10_000_000);
        _queue.TransferBytesMax = 1024 * 1024;
        LoadNow(cache, _run.BlockAt(_run.Blocks - 1));
        Assert.That(_queue.Started, Is.EqualTo(3));
    }

    [Test]
    public void A_waiter_may_load_again_from_its_call()
    {
        using BlockCache cache = new(_queue, 100 * Page);
        Retrier retrier = new(cache, _queue);
        _queue.Error = -Errno.IoError;
        cache.Load(_run, _run.BlockAt(0), retrier);
        _queue.CompleteAll();
        Assert.That(retrier.Statuses.Select(status => status.Outcome),
            Is.EqualTo(new[] { BlockOutcome.IoError, BlockOutcome.Ok }));
    }

    [Test]
    public void A_released_run_stays_open_until_its_loads_are_done()
    {
        using BlockCache cache = new(_queue, 100 * Page);
        Waiter waiter = new();
        Run own = Run.Open(_disk, "run", ModelEntry.Id);
        cache.Load(own, own.BlockAt(0), waiter);
        own.Release();
        _queue.CompleteAll();
        Assert.That(waiter.Statuses.Single().IsOk, Is.True);
        Assert.That(_disk.OpenFiles, Is.EqualTo(1));
    }

    [Test]
    public void Random_rents_and_returns_keep_the_arena_consistent()
    {
        Random random = new(77);
        using PageArena arena = new();
        List<(PageLease Lease, byte Mark)> live = [];
        for (int i = 0; i < 100_000; i++)
        {
            if (live.Count < 50 || (live.Count < 400 && random.Next(2) == 0))
            {
                int pagesMax = random.Next(20) switch { 0 => 80, < 6 => 8, _ => 1 };
                int pages = random.Next(pagesMax) + 1;
                PageLease lease = arena.Rent(pages);
                byte mark = (byte)i;
                lease.Bytes[0] = lease.Bytes[^1] = mark;
                Assert.That(lease.Bytes.Length, Is.EqualTo(pages * Page));
                live.Add((lease, mark));
            }
            else
            {
                int at = random.Next(live.Count);
                (PageLease lease, byte mark) = live[at];
                Assert.That((lease.Bytes[0], lease.Bytes[^1]), Is.EqualTo((mark, mark)));
                arena.Return(lease);
                live[at] = live[^1];
                live.RemoveAt(live.Count - 1);
            }

            Assert.That(arena.HeldBytes, Is.GreaterThanOrEqualTo(arena.LeasedBytes));
        }

        foreach ((PageLease lease, _) in live) arena.Return(lease);
        Assert.That(arena.LeasedBytes, Is.Zero);
        Assert.That(arena.HeldBytes, Is.LessThanOrEqualTo(64 * Page));
    }

    private void LoadNow(BlockCache cache, BlockLocation location)
    {
        Waiter waiter = new();
        Assert.That(cache.Load(_run, location, waiter), Is.True);
        _queue.CompleteAll();
        Assert.That(waiter.Statuses.Single().IsOk, Is.True);
    }

    private class Waiter : IBlockWaiter
    {
        public List<BlockStatus> Statuses { get; } = [];

        public virtual void BlockLoaded(Run run, BlockLocation location, BlockStatus status) =>
            Statuses.Add(status);
    }

    private sealed class Retrier(BlockCache cache, MemoryDiskQueue queue) : Waiter
    {
        public override void BlockLoaded(Run run, BlockLocation location, BlockStatus status)
        {
            base.BlockLoaded(run, location, status);
            queue.Error = 0;
            if (!status.IsOk) cache.Load(run, location, this);
        }
    }
}
