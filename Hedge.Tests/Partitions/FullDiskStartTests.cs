using System.Globalization;
using Hedge.Storage;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Partitions;

/// <summary>A start on a disk that others have filled since the process was killed.</summary>
[TestFixture]
[Category("fast")]
public sealed class FullDiskStartTests
{
    private const int Keys = 1000;
    private static readonly string Value = new('v', 500);

    private readonly SimClock _clock = new();

    [TestCase(1)]
    [TestCase(2)]
    public void A_start_has_the_space_of_the_log_buffers_when_nothing_is_free(int cores)
    {
        SimDisk disk = new(1, _clock) { CapacityBytes = 64 << 20 };
        using (SimNode node = Open(disk, cores))
        {
            Partition partition = node.Engine.Partitions[0];
            for (int i = 0; i < Keys; i++) node.Put(partition, Key(i), Value);
            node.Turn(0);
            disk.Kill();
        }

        using (DiskFile others = disk.Open("others", DiskOpenMode.Create))
            disk.Allocate(others, disk.FreeBytes("data"));
        Assert.That(disk.FreeBytes("data"), Is.Zero);
        using (SimNode node = Open(disk, cores))
        {
            for (int i = 0; i < Keys; i++)
                Assert.That(node.Get(node.Engine.Partitions[0], Key(i)), Is.EqualTo(Value), Key(i));
        }
    }

    private static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $"key-{i}");

    private SimNode Open(SimDisk disk, int cores) => new(disk, _clock, new SimSeed(1), new EngineOptions
    {
        Directory = "data",
        Partitions = cores,
        Cores = cores,
        Databases = 1,
        CacheBytes = 16 << 20,
        DiskReserveBytes = 1 << 20,
        Log = new LogSettings { SegmentBytes = 4 << 20 },
    }, SyncPolicy.EverySecond);
}
