using System.Globalization;
using Hedge.Storage.Cores;
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
    private static readonly string LongValue = new('v', 8000);

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

    [TestCase(1)]
    [TestCase(2)]
    public void Starts_on_a_full_disk_need_no_space_and_logs_go_when_there_is_some(int cores)
    {
        SimDisk disk = new(1, _clock) { CapacityBytes = 64 << 20 };
        int keys = 0;
        for (int life = 0; life < 3; life++)
        {
            using SimNode node = Open(disk, cores);
            Assert.That(node.Engine.Recovery.LogsRetained, Is.EqualTo(life == 0 ? 0 : cores));
            for (int i = 0; i < keys; i++) Check(node, i, LongValue);
            for (int end = life == 0 ? Keys : keys + (Keys / 10); keys < end; keys++)
            {
                node.Put(node.Engine.Partitions[keys % cores], Key(keys), LongValue);
                node.Turn(keys % cores);
            }

            if (life == 0) FillAllBut(disk, 0);
            disk.Kill();
        }

        disk.Delete("others");
        using (SimNode node = Open(disk, cores))
        {
            Assert.That(node.Engine.Recovery.LogsRetained, Is.Zero, "there was room to flush");
            for (int i = 0; i < keys; i++) Check(node, i, LongValue);
        }
    }

    [Test]
    public void A_retained_log_goes_when_the_server_finds_room()
    {
        SimDisk disk = new(1, _clock) { CapacityBytes = 64 << 20 };
        using (SimNode node = Open(disk, 1))
        {
            for (int i = 0; i < Keys; i++) node.Put(node.Engine.Partitions[0], Key(i), Value);
            node.Turn(0);
            FillAllBut(disk, 700 << 10);
            disk.Kill();
        }

        using (SimNode node = Open(disk, 1))
        {
            Assert.That(node.Engine.Recovery.LogsRetained, Is.EqualTo(1));
            string old = disk.List("data/log").First(n => n.EndsWith(".log", StringComparison.Ordinal));
            disk.Delete("others");
            node.Put(node.Engine.Partitions[0], "more", Value);
            Assert.That(node.Settle(node.Engine.Partitions[0]));
            Assert.That(node.Until(() => !disk.List("data/log").Contains(old)), "the old segment is gone");
            for (int i = 0; i < Keys; i++) Check(node, i, Value);
        }
    }

    private static void Check(SimNode node, int i, string value) => Assert.That(
        node.Get(node.Engine.Partitions[i % node.Engine.Partitions.Count], Key(i)), Is.EqualTo(value),
        Key(i));

    private static void FillAllBut(SimDisk disk, long left)
    {
        using DiskFile others = disk.Open("others", DiskOpenMode.Create);
        disk.Allocate(others, disk.FreeBytes("data") - left);
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
        ValueLogThreshold = 0,
        Log = new LogSettings { SegmentBytes = 4 << 20 },
    }, SyncPolicy.EverySecond);
}
