using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Scans;

/// <summary>What samples blocks in the background lets go of runs that are merged away, also when it takes no
/// further sample: else their files stay on disk.</summary>
[Category("fast")]
public sealed class BlockSamplerTests
{
    private const int Keys = 3000;

    /// <summary>Within so many milliseconds; the gauge takes a sample a second, the evictor none.</summary>
    private const int BoundMilliseconds = 400;

    private readonly SimClock _clock = new();
    private SimDisk _disk = null!;
    private SimNode _node = null!;

    private Partition First => _node.Engine.Partitions[0];

    [SetUp]
    public void Open()
    {
        _disk = new SimDisk(7, _clock);
        _node = new SimNode(_disk, _clock, new SimSeed(1), new EngineOptions
        {
            Directory = "data",
            Cores = 1,
            Partitions = 1,
            Databases = 1,
            CacheBytes = 64 << 20,
            BlockCacheBytes = 1 << 20,
            MemtableBytes = 4 << 20,
            Log = new LogSettings { SegmentBytes = 64 * 1024, SparesMax = 0 },
            Compaction = new CompactionOptions { RunsMin = 2, SmallBytes = 16 << 20 },
        }, SyncPolicy.EverySecond)
        { JobChance = 1 };
    }

    [TearDown]
    public void Close() => _node.Close();

    [Test]
    public void The_average_of_expiry_times_keeps_no_merged_run()
    {
        PutAll(_clock.UnixMilliseconds + 1_000_000_000);
        string[] old = Flushed();
        // It takes its samples, and then no more until something is written.
        for (int i = 0; i < 60; i++)
        {
            _clock.Advance(1_000_000);
            _node.TickAndTurn(0);
            _node.TickAndTurn(0);
        }

        Assert.That(First.Expirer.Averages.ExpiresAt(0), Is.Positive, "it has sampled");
        CheckGone(old);
    }

    [Test]
    public void The_key_evictor_keeps_no_merged_run()
    {
        PutAll(0);
        string[] old = Flushed();
        First.Reclaimer.DropAll();
        DiskLimit limit = _node.Cores[0].DiskLimit;
        limit.Policy = EvictionPolicy.AllKeysRandom;
        limit.LimitBytes = 1 << 20;
        Assert.That(_node.Until(() => First.Count(0) < Keys, 5000), Is.True, "it evicts");
        limit.LimitBytes = 0;
        CheckGone(old);
    }

    // A range tombstone covers all that the old run has: the two are merged.
    private void CheckGone(string[] old)
    {
        _node.Run(0, core =>
        {
            First.RemoveRange(core, 0, default, default);
            return true;
        });
        long checkpoint = _node.Engine.BeginCheckpoint();
        _node.Until(() => _node.Engine.IsCheckpointDone(checkpoint), BoundMilliseconds);
        _node.Until(() => !Files().Intersect(old).Any(), BoundMilliseconds);
        Assert.That(Files().Intersect(old), Is.Empty);
    }

    private string[] Flushed()
    {
        long checkpoint = _node.Engine.BeginCheckpoint();
        Assert.That(_node.Until(() => _node.Engine.IsCheckpointDone(checkpoint)
            && First.Memory.Frozen.Count == 0 && First.Compactor.IsIdle && First.RunCount == 1), Is.True);
        return Files();
    }

    private string[] Files() => [.. _disk.List(First.Files.Directory).Where(name => name.EndsWith(".run"))];

    private void PutAll(long expireAt)
    {
        for (int i = 0; i < Keys; i++)
        {
            byte[] key = Workload.Bytes($"key{i:D5}");
            _node.Run(0, core =>
            {
                First.Put(core, 0, key, First.Hash(0, key), RecordType.String, StringEncoding.Raw,
                    new byte[200], expireAt);
                return true;
            });
        }
    }
}
