using System.Text;
using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Scans;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Scans;

/// <summary>What scans cost in a partition whose keys are all on disk, by counters.</summary>
[Category("fast")]
public sealed class KeyScanTests
{
    private const int Keys = 4000;
    private const int PageBytes = 4096;

    private readonly SimSeed _seed = new(11);
    private SimNode _node = null!;

    private static EngineOptions Options => new()
    {
        Directory = "data",
        Partitions = 1,
        CacheBytes = 16 << 20,
        BlockCacheBytes = 4 << 20,
        MemtableBytes = 4 << 20,
        ValueLogThreshold = 0,
        Log = new LogSettings { SegmentBytes = 256 * 1024 },
    };

    private Partition Partition => _node.Engine.Partitions[0];

    private CoreStorage Core => _node.Cores[0];

    [SetUp]
    public void Fill()
    {
        SimClock clock = new();
        _node = new SimNode(new SimDisk(3, clock), clock, _seed,
            Options, SyncPolicy.Always);
        for (int i = 0; i < Keys; i++)
        {
            Put($"key{i:00000}", new string('v', 200));
            if (i % 100 == 0) _node.TickAndTurn(0);
        }

        Settle();
        Partition.Reclaimer.DropAll();
        Assert.That(Partition.Memory.Table.Count, Is.Zero, "everything is on disk only");
        Core.Blocks.Cache.Clear();
    }

    [TearDown]
    public void End() => _node.Close();

    [TestCase(65_532)]
    [TestCase(65_533)]
    [TestCase(65_535)]
    [TestCase(65_536)]
    [TestCase(70_000)]
    public void A_scan_of_a_prefix_that_is_as_long_as_a_key_or_longer_finds_nothing(int length)
    {
        (List<string> keys, _, _, _) = Scan(new string('k', length), long.MaxValue);
        Assert.That(keys, Is.Empty);
    }

    [Test]
    public void A_scan_of_a_prefix_steps_over_and_reads_what_matches_only()
    {
        (List<string> keys, long reads, long steps, _) = Scan("key012", long.MaxValue);
        Assert.That(keys, Has.Count.EqualTo(100));
        Assert.That(keys[0], Is.EqualTo("key01200"));
        Assert.That(steps, Is.EqualTo(100));
        Assert.That(reads, Is.LessThan(10), "100 keys of 220 bytes are less than 7 blocks");
    }

    [TestCase("")]
    [TestCase("a")]
    [TestCase("kex")]
    [TestCase("key04000")]
    [TestCase("kez")]
    public void A_scan_reads_nothing_of_runs_that_lie_outside_its_prefix(string prefix)
    {
        if (prefix.Length == 0) Run(core => Partition.Flush(core, 0));
        (List<string> keys, long reads, long steps, _) = Scan(prefix, long.MaxValue);
        Assert.That(keys, Is.Empty);
        Assert.That(reads, Is.Zero);
        Assert.That(steps, Is.Zero);
    }

    [Test]
    public void A_scan_does_not_read_the_block_behind_its_prefix()
    {
        long whole = 0;
        for (int i = 0; i < Keys / 100; i++)
        {
            Core.Blocks.Cache.Clear();
            whole += Scan($"key{i:000}", long.MaxValue).Reads;
        }

        long blocks = Partition.RunBytes / PageBytes;
        TestContext.Out.WriteLine($"{whole} reads of {blocks} blocks in {Keys / 100} scans");
        Assert.That(whole, Is.LessThanOrEqualTo(blocks + Keys / 100), "one block per scan is shared");
    }

    [Test]
    public void A_scan_of_everything_asks_for_many_blocks_at_once()
    {
        (List<string> keys, long reads, _, long restarts) = Scan("", long.MaxValue);
        TestContext.Out.WriteLine($"{reads} blocks, run again {restarts} times");
        Assert.That(keys, Has.Count.EqualTo(Keys));
        Assert.That(restarts, Is.LessThanOrEqualTo(reads / ScanExtent.BlocksMax + 2));
    }

    [Test]
    public void A_scan_of_few_keys_reads_no_more_than_they_need()
    {
        (List<string> keys, long reads, _, _) = Scan("", 10);
        Assert.That(keys, Has.Count.EqualTo(10));
        Assert.That(reads, Is.EqualTo(1));
        Core.Blocks.Cache.Clear();
        (keys, reads, _, long restarts) = Scan("", 200);
        Assert.That(keys, Has.Count.EqualTo(200));
        Assert.That(reads, Is.InRange(10, 14), "200 keys of 220 bytes");
        Assert.That(restarts, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void Removed_keys_are_stepped_over_once_and_with_growing_reads()
    {
        for (int i = 100; i < 3900; i++) Remove($"key{i:00000}");
        (List<string> keys, long reads, long steps, long restarts) = Scan("key", 101);
        TestContext.Out.WriteLine($"{reads} blocks, {steps} steps, run again {restarts} times");
        Assert.That(keys, Has.Count.EqualTo(101));
        Assert.That(keys[^1], Is.EqualTo("key03900"));
        Assert.That(reads, Is.GreaterThan(190), "the removed ones are still in the run");
        Assert.That(restarts, Is.LessThan(reads / 8));
        Assert.That(steps, Is.LessThan(3901 + 2 * restarts));
    }

    [Test]
    public void What_is_read_ahead_is_an_eighth_of_the_cache_at_most()
    {
        Core.Blocks.Cache.BytesMax = 16 * 8 * PageBytes;
        long reads = Core.DiskReads;
        List<long> each = [];
        Scan("", long.MaxValue, () =>
        {
            each.Add(Core.DiskReads - reads);
            reads = Core.DiskReads;
        });
        TestContext.Out.WriteLine(string.Join(' ', each));
        Assert.That(each.Max(), Is.InRange(10, 16 + 1));
    }

    private (List<string> Keys, long Reads, long Steps, long Restarts) Scan(string prefix, long keysMax,
        Action? onRun = null)
    {
        List<string> keys = [];
        byte[] start = Encoding.ASCII.GetBytes(prefix);
        byte[] last = [];
        bool hasBegun = false;
        int idle = 0;
        (long reads, long steps, long restarts) =
            (Core.DiskReads, Core.Counters.ScanSteps, _node.Restarts);
        _node.Run(0, core =>
        {
            onRun?.Invoke();
            KeyScan scan = Partition.Scan(core, 0, start, last, !hasBegun,
                new ScanExtent(keysMax - keys.Count, idle));
            while (keys.Count < keysMax)
            {
                KeyStep step = scan.MoveNext();
                if (step == KeyStep.End) return true;
                if (scan.HasStepped) (last, hasBegun) = (scan.Key.ToArray(), true);
                idle = step == KeyStep.Key ? 0 : idle + 1;
                if (step == KeyStep.NotResident) return false;
                keys.Add(Encoding.ASCII.GetString(scan.Key));
            }

            return true;
        });
        return (keys, Core.DiskReads - reads, Core.Counters.ScanSteps - steps, _node.Restarts - restarts);
    }

    private void Settle()
    {
        long checkpoint = _node.Engine.BeginCheckpoint();
        Assert.That(_node.Until(() => _node.Engine.IsCheckpointDone(checkpoint) && Partition.Flusher.IsIdle
            && Partition.Compactor.IsIdle), Is.True);
    }

    private void Run(Action<CoreStorage> action) => _node.Run(0, core =>
    {
        action(core);
        return true;
    });

    private void Put(string key, string value)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        Run(core => Partition.Put(core, 0, bytes, Partition.Hash(0, bytes), RecordType.String,
            StringEncoding.Raw, Encoding.ASCII.GetBytes(value), 0));
    }

    // As DEL: the key is looked up first.
    private void Remove(string key)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        _node.Run(0, core =>
        {
            ulong hash = Partition.Hash(0, bytes);
            if (!Partition.TryFind(core, 0, bytes, hash, true, out _)) return false;
            Partition.Remove(core, 0, bytes, hash);
            return true;
        });
        if (key.EndsWith("99", StringComparison.Ordinal)) Core.Blocks.Cache.Clear();
    }
}
