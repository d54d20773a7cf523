using Hedge.Storage;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Partitions;

/// <summary>Dead data gives its space back although nothing is written any more.</summary>
[TestFixture]
[Category("fast")]
public sealed class ReclaimTests
{
    private const int Keys = 800;
    private const long AfterQuietMicroseconds = 31_000_000;

    private readonly SimClock _clock = new();
    private SimNode _node = null!;

    private Partition First => _node.Engine.Partitions[0];

    [SetUp]
    public void Open()
    {
        EngineOptions options = new()
        {
            Directory = "data",
            Partitions = 1,
            CacheBytes = 1 << 20,
            BlockCacheBytes = 1 << 20,
            MemtableBytes = 400_000,
            Log = new LogSettings { SegmentBytes = 64 * 1024 },
        };
        _node = new SimNode(new SimDisk(7, _clock), _clock, new SimSeed(1), options, SyncPolicy.EverySecond);
    }

    [TearDown]
    public void Close() => _node.Close();

    [Test]
    public void Space_of_replaced_values_comes_back_when_nothing_is_written_any_more()
    {
        Fill('a');
        Fill('b');
        long before = First.RunBytes;
        _node.Until(() => false, 200);
        Assert.That(First.RunBytes, Is.EqualTo(before), "two runs are no reason to merge");

        _clock.Advance(AfterQuietMicroseconds);
        Assert.That(_node.Until(() => First.RunBytes < before * 2 / 3, 2000), Is.True);
    }

    [Test]
    public void Runs_with_little_that_is_dead_are_left_alone()
    {
        Fill('a');
        Fill('b', Keys / 8);
        long before = First.RunBytes;
        _clock.Advance(AfterQuietMicroseconds);
        Assert.That(_node.Until(() => First.RunBytes != before, 500), Is.False);
    }

    private void Fill(char value, int keys = Keys)
    {
        for (int i = 0; i < keys; i++)
        {
            byte[] key = Workload.Bytes($"key{i}");
            _node.Run(0, core =>
            {
                First.Put(core, 0, key, First.Hash(0, key), RecordType.String, 0,
                    Workload.Bytes(new string(value, 200)), 0);
                return true;
            });
            if (i % 20 == 0) _node.TickAndTurn(0);
        }

        long checkpoint = _node.Engine.BeginCheckpoint();
        Assert.That(_node.Until(() => _node.Engine.IsCheckpointDone(checkpoint)
            && First.Memory.Frozen.Count == 0 && First.Compactor.IsIdle), Is.True);
    }
}
