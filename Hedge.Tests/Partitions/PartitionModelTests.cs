using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Logs;
using Hedge.Storage.Pages;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Partitions;

public sealed class PartitionModelTests
{
    internal static EngineOptions Options(int cores, SimSeed? seed = null, long memtable = 32 * 1024,
        int runsMin = 2, int nodeBytes = 1024, string directory = "data", string? archive = null) => new()
        {
            ArchiveDirectory = archive,
            Compression = seed is null ? default : SimCompression.Pick(seed),
            CompressionUpper = seed is null ? default : SimCompression.Pick(seed),
            Directory = directory,
            Cores = cores,
            Partitions = 4,
            Databases = 3,
            CacheBytes = 1 << 20,
            BlockCacheBytes = 1 << 20,
            MemtableBytes = memtable,
            ValueLogThreshold = 64,
            NodeBytes = nodeBytes,
            Log = new LogSettings { SegmentBytes = 64 * 1024, StageSlots = 2, StageSlotBytes = 8 * 1024 },
            Compaction = new CompactionOptions
            {
                RunsMin = runsMin,
                CleanRunsMin = runsMin,
                CleanGrowthPercent = 250,
                SmallBytes = 4096,
            },
        };

    [Category("sim")]
    [Test]
    public void Many_seeds_agree_with_the_model()
    {
        long packed = 0;
        for (ulong seed = 100; seed < 100 + (ulong)SimCounts.Times(120); seed++)
        {
            try
            {
                packed += Agree(seed);
            }
            catch (InvalidOperationException error)
            {
                throw new InvalidOperationException($"seed {seed}: {error.Message}", error);
            }
        }

        Figures.Count("model", ("runs", SimCounts.Times(120)), ("operations", SimCounts.Times(120) * 7500.0),
            ("differences", 0));
        bool canCompress = CompressionLibrary.IsThere(BlockCompression.Lz4)
            && CompressionLibrary.IsThere(BlockCompression.Zstd);
        if (canCompress) Assert.That(packed, Is.Positive);
    }

    [Category("fast")]
    [TestCase(1UL)]
    [TestCase(2UL)]
    [TestCase(3UL)]
    [TestCase(4UL)]
    public void Random_operations_agree_with_the_model_through_flushes_evictions_and_restarts(ulong number) =>
        Agree(number);

    // Returns the bytes saved by compression, which the seed may have left off.
    private static long Agree(ulong number)
    {
        SimSeed seed = new(number);
        SimClock clock = new();
        SimSeed latencies = seed.Split();
        SimDisk disk = new(seed.Next(), clock) { Reorders = true };
        long buffers = AlignedBuffer.LiveBytes;
        long pages = PageBuffer.LiveBytes;
        Workload workload = new(seed, clock, new Model(4, 3), 600, 400);
        long flushes = 0;
        long compactions = 0;
        long restarts = 0;
        long evicted = 0;
        long packed = 0;
        long moved = 0, deleted = 0;
        for (int life = 0; life < 3; life++)
        {
            disk.Latency = _ => latencies.Below(400);
            SimNode node = new(disk, clock, seed, Options(1 + life % 3, seed), SyncPolicy.EverySecond);
            Verify();
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

            Verify();
            flushes += node.Engine.Partitions.Sum(partition => partition.Flusher.Flushes);
            compactions += node.Engine.Partitions.Sum(partition => partition.Compactor.Compactions);
            restarts += node.Restarts;
            // Of live records only: they are wanted again.
            evicted += node.Engine.Partitions.Sum(partition => partition.Reclaimer.Ghosts.Hits);
            packed += node.Engine.Partitions.Sum(partition => partition.Runs.Newest.ToArray()
                .Sum(run => run.Info.BlockBytes - run.Info.StoredBlockBytes));
            moved += node.Engine.ValueLog.MovedValues;
            deleted += node.Engine.ValueLog.DeletedFiles;
            node.Close();

            // Time stands still meanwhile, or keys would expire between the model's answer and the node's.
            void Verify()
            {
                Func<SimDiskOperation, long>? latency = disk.Latency;
                disk.Latency = null;
                node.Until(() => false, 3);
                workload.Verify(node, workload.Model);
                disk.Latency = latency;
            }
        }

        TestContext.Out.WriteLine($"{flushes} flushes, {compactions} compactions, {restarts} restarts, "
            + $"{evicted} dropped records read again, {packed} bytes saved by compression, "
            + $"{moved} values moved, {deleted} value files deleted");
        Assert.That(flushes, Is.GreaterThan(10));
        Assert.That(compactions, Is.GreaterThan(3));
        Assert.That(restarts, Is.GreaterThan(10));
        Assert.That(evicted, Is.GreaterThan(100));
        Assert.That(moved, Is.GreaterThan(10));
        Assert.That(deleted, Is.GreaterThan(3));
        Assert.That(AlignedBuffer.LiveBytes, Is.EqualTo(buffers));
        Assert.That(PageBuffer.LiveBytes, Is.EqualTo(pages));
        return packed;
    }
}
