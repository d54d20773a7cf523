using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Cores;

/// <summary>What becomes of records when their share of the memory becomes smaller.</summary>
[Category("fast")]
public sealed class MemoryReclaimerTests
{
    private const int Records = 60_000;

    private readonly SimClock _clock = new();
    private SimNode _node = null!;
    private int _commands;

    private Partition First => _node.Engine.Partitions[0];

    [SetUp]
    public void Open()
    {
        _node = new SimNode(new SimDisk(7, _clock), _clock, new SimSeed(1), new EngineOptions
        {
            Directory = "data",
            Cores = 1,
            Partitions = 1,
            CacheBytes = 1 << 20,
            BlockCacheBytes = 1 << 20,
            MemtableBytes = 1 << 20,
            Log = new LogSettings { SegmentBytes = 64 * 1024 },
        }, SyncPolicy.EverySecond);
        for (int i = 0; i < 1000; i++) _node.Engine.Govern(64 << 20, 0);
        for (int i = 0; i < Records; i++) Put(i, 'v');
        Assert.That(_node.Settle(First), Is.True);
        Assert.That(First.Memory.HeldBytes, Is.GreaterThan(12 << 20));
        Assert.That(First.Memory.Table.Count, Is.EqualTo(Records), "everything is in memory");
    }

    [TearDown]
    public void Close() => _node.Close();

    [Test]
    public void Memory_goes_back_to_the_system()
    {
        Shrink();

        Assert.That(First.Memory.HeldBytes, Is.LessThanOrEqualTo(8 << 20));
        Assert.That(First.Memory.Table.Count, Is.GreaterThan(10_000), "the rest stays");
        for (int i = 0; i < Records; i += 997) Assert.That(Get(i), Is.EqualTo(Value('v')));
    }

    [Test]
    public void What_is_in_use_or_dirty_stays_in_memory_and_is_whole()
    {
        for (int i = 0; i < Records; i += 100) Put(i, 'w');
        for (int i = 50; i < Records; i += 100) Get(i);

        Shrink();

        int dropped = 0;
        for (int i = 25; i < Records; i += 100) dropped += IsResident(i) ? 0 : 1;
        Assert.That(dropped, Is.GreaterThan(Records / 100 / 2), "what is clean and not in use goes");
        int resident = 0;
        for (int i = 50; i < Records; i += 100) resident += IsResident(i) ? 1 : 0;
        Assert.That(resident, Is.GreaterThan(Records / 100 * 8 / 10));
        for (int i = 0; i < Records; i += 100) Assert.That(IsResident(i), $"{i} is dirty");
        for (int i = 0; i < Records; i += 50) Assert.That(Get(i), Is.EqualTo(Expected(i)));
        Assert.That(_node.Settle(First), Is.True);
        First.Reclaimer.DropAll();
        Assert.That(First.Memory.Table.Count, Is.Zero);
        for (int i = 0; i < Records; i += 50) Assert.That(Get(i), Is.EqualTo(Expected(i)));
    }

    [Test]
    public void What_cannot_go_is_not_moved_about()
    {
        for (int i = 0; i < Records; i++) _node.Put(First, $"key{i}", Value('w'));
        Assert.That(First.Memory.DirtyBytes, Is.GreaterThan(12 << 20), "nothing is flushed");
        Govern();
        for (int i = 0; i < 100; i++)
        {
            First.Reclaimer.Tick(_node.Cores[0]);
            Assert.That(First.Memory.Allocator.ClosedChunks, Is.Empty);
        }
    }

    // Something else has taken all memory but 8 MiB.
    private void Shrink()
    {
        Govern();
        Assert.That(_node.Until(() => First.Memory.HeldBytes <= 8 << 20, 3000), Is.True, "it shrinks");
    }

    private void Govern() => _node.Engine.Govern(32 << 20, First.Memory.HeldBytes + (24 << 20));

    private static string Value(char letter) => new(letter, 200);

    private static string Expected(int i) => Value(i % 100 == 0 ? 'w' : 'v');

    private bool IsResident(int i)
    {
        byte[] key = Workload.Bytes($"key{i}");
        return First.Memory.Table.Contains(First.Hash(0, key), First.Keyspaces.IdOf(0), key);
    }

    private void Put(int i, char letter)
    {
        _node.Put(First, $"key{i}", Value(letter));
        if (++_commands % 20 == 0) _node.TickAndTurn(0);
    }

    private string? Get(int i) => _node.Get(First, $"key{i}");
}
