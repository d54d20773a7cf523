using Hedge.Storage.Caches;
using Hedge.Storage.Lookups;
using Hedge.Storage.Runs;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Lookups;

[Category("fast")]
public sealed class ReadAdmissionTests
{
    private const int Page = Hedge.Storage.Pages.Page.Bytes;
    private const int CachePages = 40;

    private MemoryDisk _disk = null!;
    private MemoryDiskQueue _queue = null!;
    private Run _run = null!;
    private BlockCache _cache = null!;
    private CoreBlocks _blocks = null!;
    private readonly List<Waiter> _ready = [];

    [SetUp]
    public void SetUp()
    {
        _disk = new MemoryDisk();
        _queue = new MemoryDiskQueue(_disk);
        byte[] value = new byte[1500];
        ModelEntry.Write(_disk, "run", Enumerable.Range(0, 1000).Select(i =>
            ModelEntry.Put(ModelEntry.KeyOf(1, System.Text.Encoding.ASCII.GetBytes($"{i:D6}")), value)));
        _run = Run.Open(_disk, "run", ModelEntry.Id);
        _cache = new BlockCache(_queue, CachePages * Page);
        _blocks = new CoreBlocks(_cache);
        _ready.Clear();
    }

    [TearDown]
    public void TearDown()
    {
        _blocks.Admission.Stop();
        _cache.Dispose();
        _run.Release();
        Assert.That(_disk.OpenFiles, Is.Zero, "who is not let in gives its references back");
    }

    [Test]
    public void What_is_read_at_a_time_is_a_quarter_of_the_cache_and_all_get_their_turn_in_order()
    {
        Waiter[] waiters = [.. Enumerable.Range(0, 200).Select(_ => new Waiter(_ready))];
        for (int i = 0; i < waiters.Length; i++) Assert.That(Ask(waiters[i], i), Is.True);
        Assert.That(_blocks.Admission.Waiting, Is.GreaterThan(180));
        List<Waiter> done = [];
        while (done.Count < waiters.Length)
        {
            Assert.That(_cache.BusyBytes, Is.LessThanOrEqualTo(CachePages * Page / 4).And.GreaterThan(0));
            _queue.CompleteAll();
            foreach (Waiter waiter in _ready.ToArray()) waiter.ReleaseBlocks();
            done.AddRange(_ready);
            _ready.Clear();
            _cache.EndTurn();
        }

        Assert.That(done, Is.EquivalentTo(waiters));
        Assert.That(done.IndexOf(waiters[^1]), Is.GreaterThan(180));
        Assert.That((_blocks.Admission.Waiting, _cache.BusyBytes, _cache.Pins), Is.EqualTo((0, 0L, 0)));
    }

    [Test]
    public void Who_needs_more_than_the_cache_gets_through()
    {
        Waiter small = new(_ready);
        Waiter large = new(_ready);
        Ask(small, 0);
        _queue.CompleteAll();
        Ask(large, [.. Enumerable.Range(100, 2 * CachePages)]);
        small.ReleaseBlocks();
        _queue.CompleteAll();
        Assert.That(_ready, Is.EqualTo(new[] { small, large }));
        large.ReleaseBlocks();
    }

    [Test]
    public void Who_hold_a_part_of_what_they_need_each_get_through()
    {
        Waiter[] waiters = [.. Enumerable.Range(0, 8).Select(_ => new Waiter(_ready))];
        for (int i = 0; i < waiters.Length; i++) Ask(waiters[i], i);
        for (int round = 1; round < 8; round++)
        {
            int count = 0;
            while (count < waiters.Length)
            {
                _queue.CompleteAll();
                Waiter[] again = [.. _ready];
                Assert.That(again, Is.Not.Empty, $"round {round}: nobody waits for ever");
                _ready.Clear();
                foreach (Waiter waiter in again)
                    Ask(waiter, 10 + (round * 10) + Array.IndexOf(waiters, waiter));
                count += again.Length;
            }
        }

        foreach (Waiter waiter in waiters) waiter.ReleaseBlocks();
        _queue.CompleteAll();
    }

    // What lacks the blocks with these numbers.
    private bool Ask(Waiter waiter, params int[] blocks)
    {
        foreach (int block in blocks) _blocks.Miss(_run, _run.BlockAt(block));
        bool waits = waiter.Fetch(_blocks);
        if (!waits) _ready.Add(waiter);
        return waits;
    }

    private sealed class Waiter(List<Waiter> ready) : MissWaiter
    {
        protected override void Ready() => ready.Add(this);
    }
}
