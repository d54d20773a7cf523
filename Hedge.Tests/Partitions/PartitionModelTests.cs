using Hedge.Storage;
using Hedge.Storage.Compactions;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Partitions;

[Category("fast")]
public sealed class PartitionModelTests
{
    internal static EngineOptions Options(int cores, long memtable = 32 * 1024, long cache = 1 << 20) => new()
    {
        Directory = "data",
        Cores = cores,
        Partitions = 4,
        Databases = 3,
        CacheBytes = cache,
        BlockCacheBytes = 1 << 20,
        MemtableBytes = memtable,
        Log = new LogSettings { SegmentBytes = 64 * 1024 },
        Compaction = new CompactionOptions { RunsMin = 2, SmallBytes = 4096 },
    };

    [TestCase(1UL)]
    [TestCase(2UL)]
    [TestCase(3UL)]
    [TestCase(4UL)]
    public void Random_operations_agree_with_the_model_through_flushes_evictions_and_restarts(ulong number)
    {
        SimSeed seed = new(number);
        SimClock clock = new();
        SimDisk disk = new(seed.Next(), clock);
        long buffers = AlignedBuffer.LiveBytes;
        Workload workload = new(seed, clock, new Model(4, 3), 600, 400);
        long flushes = 0;
        long compactions = 0;
        long restarts = 0;
        for (int life = 0; life < 3; life++)
        {
            SimNode node = new(disk, clock, seed, Options(1 + life % 3), SyncPolicy.EverySecond);
            workload.Verify(node, workload.Model);
            for (int i = 0; i < 2500; i++)
            {
                workload.Step(node);
                if (seed.Chance(0.3))
                {
                    clock.Advance(seed.Below(4000));
                    node.TickAndTurn(seed.Below(node.Cores.Length));
                }
                else node.Turn(seed.Below(node.Cores.Length));
            }

            workload.Verify(node, workload.Model);
            flushes += node.Engine.Partitions.Sum(partition => partition.Flusher.Flushes);
            compactions += node.Engine.Partitions.Sum(partition => partition.Compactor.Compactions);
            restarts += node.Restarts;
            node.Close();
        }

        TestContext.Out.WriteLine($"{flushes} flushes, {compactions} compactions, {restarts} restarts");
        Assert.That(flushes, Is.GreaterThan(10));
        Assert.That(compactions, Is.GreaterThan(3));
        Assert.That(restarts, Is.GreaterThan(10));
        Assert.That(AlignedBuffer.LiveBytes, Is.EqualTo(buffers));
    }
}
