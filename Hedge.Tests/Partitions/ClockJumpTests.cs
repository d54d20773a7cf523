using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Partitions;

/// <summary>The wall clock is set, forward and back: only what goes by the time of day is moved.</summary>
[TestFixture]
[Category("fast")]
public sealed class ClockJumpTests
{
    private const long HourMicroseconds = 3_600_000_000;
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
            CacheBytes = 1 << 20,
            BlockCacheBytes = 1 << 20,
            MemtableBytes = 200_000,
            Log = new LogSettings { SegmentBytes = 64 * 1024 },
        }, SyncPolicy.EverySecond);
    }

    [TearDown]
    public void Close() => _node.Close();

    [TestCase(-24)]
    [TestCase(24)]
    public void A_flush_that_failed_is_tried_again_at_once_whatever_the_clock_says(int hours)
    {
        _disk.Faults.Add(new SimDiskFault
        {
            Kind = SimDiskFaultKind.Fail,
            Errno = Errno.NoSpace,
            When = operation => operation.Kind == SimDiskOperationKind.Create
                && operation.Path.EndsWith(".run", StringComparison.Ordinal),
        });
        for (int i = 0; i < 50; i++) _node.Put(First, $"key{i}", "value");
        long checkpoint = _node.Engine.BeginCheckpoint();
        _node.Until(() => First.FlushFailure is not null);
        Assert.That(First.FlushFailure, Is.Not.Null);
        Jump(hours);
        Assert.That(_node.Until(() => _node.Engine.IsCheckpointDone(checkpoint), turnsMax: 5000), Is.True);
        Assert.That(First.FlushFailure, Is.Null);
    }

    [TestCase(-24)]
    [TestCase(24)]
    public void A_directory_that_is_gone_is_noticed_and_so_is_its_return(int hours)
    {
        _node.Until(() => false, 1000);
        Jump(hours);
        _disk.Rename("data/log", "data/other");
        Assert.That(_node.Until(() => _node.Engine.DirectoryFailure is not null, turnsMax: 2000), Is.True);
        Jump(-hours);
        _disk.Rename("data/other", "data/log");
        Assert.That(_node.Until(() => _node.Engine.DirectoryFailure is null, turnsMax: 2000), Is.True);
    }

    [TestCase(-24)]
    [TestCase(24)]
    public void What_is_written_is_synced_each_second(int hours)
    {
        _node.Until(() => false, 1500);
        Jump(hours);
        _node.Put(First, "key", "value");
        CoreStorage core = _node.Cores[0];
        Assert.That(_node.Until(() => core.Log.Synced == core.Log.Appended, turnsMax: 2500), Is.True);
    }

    [Test]
    public void Keys_expire_by_the_time_of_day()
    {
        long due = _clock.UnixMilliseconds + (2 * HourMicroseconds / 1000);
        _node.Put(First, "key", "value", due);
        Jump(-24);
        _node.Until(() => false, 500);
        Assert.That(_node.Get(First, "key"), Is.EqualTo("value"));
        Jump(27);
        _node.Until(() => false, 500);
        Assert.That(_node.Get(First, "key"), Is.Null);
    }

    private void Jump(int hours) => _clock.JumpTo(_clock.UnixMicroseconds + (hours * HourMicroseconds));
}
