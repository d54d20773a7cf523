using System.Text;
using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Scans;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Stores;

/// <summary>Range deletes in a partition whose keys are all on disk.</summary>
[Category("fast")]
public sealed class RangeRemovalTests
{
    private const int Keys = 2000;

    private readonly SimSeed _seed = new(7);
    private SimClock _clock = new();
    private SimDisk _disk = null!;
    private SimNode _node = null!;

    private Partition Partition => _node.Engine.Partitions[0];

    private CoreStorage Core => _node.Cores[0];

    [SetUp]
    public void Fill()
    {
        _clock = new SimClock();
        _disk = new SimDisk(3, _clock);
        Open();
        for (int i = 0; i < Keys; i++) Put($"key{i:00000}", new string('v', 200));
        Settle();
        Partition.Reclaimer.DropAll();
        Assert.That(Partition.Memory.Table.Count, Is.Zero, "everything is on disk only");
        Core.Blocks.Cache.Clear();
    }

    [TearDown]
    public void End() => _node.Close();

    [Test]
    public void Removing_a_range_reads_nothing_and_looking_its_keys_up_reads_nothing()
    {
        long reads = Core.DiskReads;
        Remove("key00100", "key01900");
        Assert.That(Exists("key00100"), Is.False);
        Assert.That(Exists("key01899"), Is.False);
        Assert.That(Core.DiskReads, Is.EqualTo(reads));
        Assert.That(Exists("key00099"), Is.True);
        Assert.That(Exists("key01900"), Is.True);
    }

    [Test]
    public void A_scan_skips_what_a_range_delete_has_removed()
    {
        Remove("key00100", "key01900");
        long reads = Core.DiskReads;
        Assert.That(Scan(), Has.Count.EqualTo(200));
        Assert.That(Core.DiskReads - reads, Is.LessThan(40), "of about 130 blocks");
        Settle();
        Core.Blocks.Cache.Clear();
        reads = Core.DiskReads;
        Assert.That(Scan(), Has.Count.EqualTo(200));
        Assert.That(Core.DiskReads - reads, Is.LessThan(40), "of about 130 blocks");
    }

    [Test]
    public void The_number_of_keys_is_right_at_every_stage()
    {
        Remove("key00500", "key01000");
        Assert.That(Count(), Is.EqualTo(1500));
        Put("key00600", "again");
        Remove("key00900", "key01100");
        Put("key00950", "again");
        Assert.That(Count(), Is.EqualTo(1402));
        Settle();
        Assert.That(Count(), Is.EqualTo(1402));
        Remove("key00950", "key00951");
        Reopen();
        Assert.That(Count(), Is.EqualTo(1401));
        Assert.That(Scan(), Has.Count.EqualTo(1401).And.Contains("key00600"));
        Remove("", "");
        Assert.That(Count(), Is.Zero);
        Assert.That(Scan(), Is.Empty);
    }

    [Test]
    public void Space_comes_back_without_further_writes()
    {
        long before = Partition.RunBytes;
        Remove("", "key01990");
        Settle();
        Assert.That(_node.Until(() => Partition.RunEntries(0) == 10), Is.True, "the removed ones go");
        TestContext.Out.WriteLine($"{before} bytes before, {Partition.RunBytes} after");
        Assert.That(Partition.RunBytes, Is.LessThan(before / 2));
        Assert.That(Count(), Is.EqualTo(10));
    }

    [Test]
    public void Watched_keys_of_the_range_count_as_changed()
    {
        byte[] inside = Encoding.ASCII.GetBytes("key00500");
        byte[] outside = Encoding.ASCII.GetBytes("key00700");
        ulong first = 0;
        ulong second = 0;
        Run(core => (first, second) = (Partition.Watch(core, 0, inside), Partition.Watch(core, 0, outside)));
        Remove("key00400", "key00600");
        Run(core =>
        {
            Assert.That(Partition.Version(core, 0, inside), Is.Not.EqualTo(first));
            Assert.That(Partition.Version(core, 0, outside), Is.EqualTo(second));
        });
    }

    [Test]
    public void A_key_that_would_expire_is_gone_before()
    {
        byte[] key = Encoding.ASCII.GetBytes("key00500x");
        Run(core => Partition.Put(core, 0, key, Partition.Hash(0, key), RecordType.String,
            StringEncoding.Raw, "v"u8, _clock.UnixMilliseconds + 50_000));
        Settle();
        Remove("key00500", "key00501");
        long expired = Core.Counters.ExpiredKeys;
        _clock.Advance(60_000_000);
        _node.Until(() => false, 50);
        Assert.That(Core.Counters.ExpiredKeys, Is.EqualTo(expired));
        Assert.That(Count(), Is.EqualTo(Keys - 1));
    }

    private void Open() => _node = new SimNode(_disk, _clock, _seed,
        PartitionModelTests.Options(1, memtable: 1 << 20), SyncPolicy.Always);

    private void Reopen()
    {
        _node.Close();
        Open();
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

    private void Put(string key, string value) => Run(core => Partition.Put(core, 0,
        Encoding.ASCII.GetBytes(key), Partition.Hash(0, Encoding.ASCII.GetBytes(key)), RecordType.String,
        StringEncoding.Raw, Encoding.ASCII.GetBytes(value), 0));

    private void Remove(string from, string to) => Run(core =>
        Partition.RemoveRange(core, 0, Encoding.ASCII.GetBytes(from), Encoding.ASCII.GetBytes(to)));

    private bool Exists(string key)
    {
        bool exists = false;
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        _node.Run(0, core =>
        {
            if (!Partition.TryFind(core, 0, bytes, Partition.Hash(0, bytes), true, out Record record))
                return false;
            exists = record.Exists;
            return true;
        });
        return exists;
    }

    private long Count()
    {
        long count = -1;
        _node.Run(0, core => Partition.TryCount(core, 0, out count));
        return count;
    }

    private List<string> Scan()
    {
        List<string> keys = [];
        _node.Run(0, core =>
        {
            keys.Clear();
            KeyScan scan = Partition.Scan(core, 0, default, default, true);
            KeyStep step;
            while ((step = scan.MoveNext()) == KeyStep.Key) keys.Add(Encoding.ASCII.GetString(scan.Key));
            return step == KeyStep.End;
        });
        return keys;
    }
}
