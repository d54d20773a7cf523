using System.Globalization;
using Hedge.Storage;
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

    [Test]
    public void A_start_has_the_space_of_the_log_buffers_when_nothing_is_free()
    {
        SimDisk disk = new(1, _clock);
        using (SimNode node = Open(disk))
        {
            Partition partition = node.Engine.Partitions[0];
            for (int i = 0; i < Keys; i++) node.Put(partition, Key(i), Value);
            node.Turn(0);
            disk.Kill();
        }

        disk.CapacityBytes = long.MaxValue - disk.FreeBytes("data");
        Assert.That(disk.FreeBytes("data"), Is.Zero);
        using (SimNode node = Open(disk))
        {
            for (int i = 0; i < Keys; i++)
                Assert.That(node.Get(node.Engine.Partitions[0], Key(i)), Is.EqualTo(Value), Key(i));
        }
    }

    private static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $"key-{i}");

    private SimNode Open(SimDisk disk) => new(disk, _clock, new SimSeed(1), new EngineOptions
    {
        Directory = "data",
        Partitions = 1,
        Cores = 1,
        Databases = 1,
        CacheBytes = 16 << 20,
        Log = new LogSettings { SegmentBytes = 4 << 20 },
    }, SyncPolicy.EverySecond);
}
