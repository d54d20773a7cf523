using System.Globalization;
using System.Text;
using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Exports;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.DiskLimits;

/// <summary>What the data directory takes, and what the engine says of it.</summary>
[Category("fast")]
public sealed class DiskUseTests
{
    private const int Keys = 3000;
    private const int Rounds = 5;
    private const int ValueBytes = 300;

    // Manifests, and the next log segment, which may be there or not.
    private const long ToleranceBytes = 192 * 1024;

    private readonly SimClock _clock = new();
    private SimDisk _disk = null!;
    private SimNode _node = null!;

    private Partition First => _node.Engine.Partitions[0];

    private DiskLimit Limit => _node.Cores[0].DiskLimit;

    private long RunBytes => _node.Engine.Partitions.Sum(partition => partition.RunBytes);

    private long Taken => long.MaxValue - _disk.FreeBytes("data");

    [SetUp]
    public void Open()
    {
        _disk = new SimDisk(11, _clock);
        _node = Node();
    }

    [TearDown]
    public void Close() => _node.Close();

    [Test]
    public void Used_bytes_are_those_of_the_files_also_of_what_is_merged_just_now()
    {
        bool sawMerge = false;
        long worst = 0;
        Write(() =>
        {
            sawMerge |= _node.Engine.Partitions.Any(partition => partition.Compactor.IsRunning);
            _node.Cores[0].Tick();
            worst = Math.Max(worst, Math.Abs(Limit.UsedBytes - Taken));
        });

        TestContext.Out.WriteLine($"off by {worst} bytes at most");
        Assert.That(sawMerge, Is.True);
        Assert.That(worst, Is.LessThan(ToleranceBytes));
    }

    [Test]
    public void Used_bytes_are_with_the_runs_that_a_snapshot_holds()
    {
        Write(() => { });
        Snapshot snapshot = _node.Engine.BeginSnapshot(_node.Cores[0]);
        Assert.That(_node.Until(() => snapshot.IsReady), Is.True);
        long before = RunBytes;

        Write(() => { });

        Assert.That(Taken - RunBytes, Is.GreaterThan(before / 2), "merged runs are held");
        _node.Cores[0].Tick();
        Assert.That(Limit.UsedBytes, Is.EqualTo(Taken).Within(ToleranceBytes));
        snapshot.Release();
        Assert.That(_node.Until(() => Limit.UsedBytes < before * 2), Is.True);
        _node.Cores[0].Tick();
        Assert.That(Limit.UsedBytes, Is.EqualTo(Taken).Within(ToleranceBytes));
    }

    [TestCase(EvictionPolicy.NoEviction)]
    [TestCase(EvictionPolicy.AllKeysLru)]
    [TestCase(EvictionPolicy.AllKeysRandom)]
    public void Four_fifths_of_the_limit_are_used_and_it_is_never_exceeded(EvictionPolicy policy)
    {
        const long limit = 12 << 20;
        const double slack = 1.03;
        // In so small a limit memtables and log segments of the least size take more than their part.
        const double usable = 0.65;
        Limit.Policy = policy;
        Limit.LimitBytes = limit;
        _node.Until(() => false, 5);
        long most = 0;
        int written = 0;
        while (written < 3 * limit / ValueBytes && !Limit.IsFull)
        {
            Put(written++, 0);
            if (written % 8 != 0) continue;
            _node.Until(() => false, 1);
            most = Math.Max(most, Taken);
            _node.Until(() => First.WritePressure < 1 || Limit.IsFull, 3000);
        }

        TestContext.Out.WriteLine($"{written} written, {(double)most / limit:0.000} of the limit at most");
        long live = 0;
        for (int i = 0; i < _node.Engine.Partitions.Count; i++) live += _node.Engine.Partitions[i].Count(0);
        Assert.That(most, Is.LessThan(limit * slack));
        Assert.That(Limit.IsFull, Is.EqualTo(policy == EvictionPolicy.NoEviction));
        Assert.That(live * (ValueBytes + 12), Is.GreaterThan(limit * usable));
    }

    // The same keys again and again, evenly over the partitions.
    private void Write(Action look)
    {
        for (int i = 0; i < Keys * Rounds; i++)
        {
            Put(i % Keys, 0);
            if (i % 16 != 0) continue;
            _node.Until(() => false, 1);
            look();
            _node.Until(() => First.WritePressure < 0.9, 2000);
        }
    }

    private void Put(int key, long expireAt)
    {
        byte[] name = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"key{key:D6}"));
        Partition partition = _node.Engine.Partitions[key % _node.Engine.Partitions.Count];
        _node.Run(0, core =>
        {
            partition.Put(core, 0, name, partition.Hash(0, name), RecordType.String, 0, new byte[ValueBytes],
                expireAt);
            return true;
        });
    }

    private SimNode Node() => new(_disk, _clock, new SimSeed(3), new EngineOptions
    {
        Directory = "data",
        Cores = 1,
        Partitions = 16,
        Databases = 1,
        CacheBytes = 64 << 20,
        BlockCacheBytes = 1 << 20,
        MemtableBytes = 64 * 1024,
        Log = new LogSettings { SegmentBytes = 64 * 1024, SparesMax = 0 },
    }, SyncPolicy.EverySecond);
}
