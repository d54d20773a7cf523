using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Expiries;

/// <summary>How many keys have an expiry, and when they expire on average.</summary>
[Category("fast")]
public sealed class ExpiresTests
{
    private readonly SimClock _clock = new();
    private SimDisk _disk = null!;
    private SimNode _node = null!;

    private Partition First => _node.Engine.Partitions[0];

    [SetUp]
    public void Open()
    {
        _disk = new SimDisk(7, _clock);
        _node = Node();
    }

    [TearDown]
    public void Close() => _node.Close();

    [Test]
    public void Keys_with_an_expiry_are_counted_and_their_time_is_known_also_after_a_restart()
    {
        long due = _clock.UnixMilliseconds + 1_000_000;
        for (int i = 0; i < 300; i++) Put($"k{i}", i < 100 ? 0 : due);
        Check(200, due);
        for (int i = 100; i < 150; i++) Put($"k{i}", 0);
        FlushAndForget();
        for (int i = 150; i < 200; i++) Put($"k{i}", 0);
        _node.Close();

        _node = Node();

        Check(100, due);
        Put("k200", 0);
        Check(99, due);
    }

    [Test]
    public void A_change_of_a_known_record_counts_the_same_when_it_is_replayed_without_the_record()
    {
        long due = _clock.UnixMilliseconds + 1_000_000;
        for (int i = 0; i < 10; i++) Put($"k{i}", due);
        long checkpoint = _node.Engine.BeginCheckpoint();
        _node.Until(() => _node.Engine.IsCheckpointDone(checkpoint) && First.Memory.Frozen.Count == 0);
        Put("k0", 0);
        _node.Run(0, core =>
        {
            byte[] key = Workload.Bytes("k1");
            First.Remove(core, 0, key, First.Hash(0, key));
            return true;
        });
        Assert.That(First.Counts.Unresolved, Is.Zero);
        _node.Close();

        _node = Node();

        Assert.That(First.ExpiresCount(0), Is.EqualTo(8));
        Check(8, due);
    }

    private SimNode Node() => new(_disk, _clock, new SimSeed(1), new EngineOptions
    {
        Directory = "data",
        Cores = 1,
        Partitions = 1,
        Databases = 2,
        CacheBytes = 1 << 20,
        BlockCacheBytes = 1 << 20,
        MemtableBytes = 200_000,
        Log = new LogSettings { SegmentBytes = 64 * 1024 },
    }, SyncPolicy.EverySecond);

    private void Put(string key, long expireAt) => _node.Run(0, core =>
    {
        byte[] bytes = Workload.Bytes(key);
        First.Put(core, 0, bytes, First.Hash(0, bytes), RecordType.String, 0, "value"u8, expireAt);
        return true;
    });

    // After this nothing is resident: everything is on disk and clean records are gone.
    private void FlushAndForget()
    {
        Assert.That(_node.Settle(First), Is.True);
        First.Reclaimer.DropAll();
        Assert.That(First.Memory.Table.Count, Is.Zero);
    }

    private void Check(long keys, long due)
    {
        _node.Run(0, core => First.TryCount(core, 0, out _));
        _node.Until(() => First.AverageExpiry(0) != 0, 1000);
        Assert.That(First.ExpiresCount(0), Is.EqualTo(keys));
        Assert.That(First.AverageExpiry(0), Is.EqualTo(due).Within(1000));
    }
}
