using System.Text;
using Hedge.Storage.Caches;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Scans;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Partitions;

[Category("fast")]
public sealed class PartitionTests
{
    private readonly SimClock _clock = new();
    private SimDisk _disk = null!;
    private SimNode _node = null!;
    private int _commands;

    private Partition First => _node.Engine.Partitions[0];

    [SetUp]
    public void Open()
    {
        _disk = new SimDisk(7, _clock);
        _node = Node();
    }

    [TearDown]
    public void Close() => _node.Close();

    [Test]
    public void Keys_expire_within_a_tenth_of_a_second_wherever_they_are()
    {
        long due = _clock.UnixMilliseconds + 60_000;
        Sink sink = new();
        _node.Cores[0].ExpirySink = sink;
        for (int i = 0; i < 500; i++) Put($"disk{i}", "value", due);
        for (int i = 0; i < 500; i++) Put($"later{i}", "value", due + 50_000);
        FlushAndForget();
        for (int i = 0; i < 500; i++) Put($"memory{i}", "value", due);
        for (int i = 0; i < 100; i++) Put($"disk{i}", "kept", 0);
        _node.Until(() => false, 100);
        Assert.That(sink.Keys, Is.Empty);

        _clock.Advance((due - _clock.UnixMilliseconds) * 1000);
        _node.Until(() => sink.Keys.Count >= 900, 100);

        Assert.That(sink.Keys, Has.Count.EqualTo(900));
        Assert.That(sink.Keys, Does.Not.Contain("disk99"));
        Assert.That(Count(), Is.EqualTo(600));
    }

    [Test]
    public void A_key_longer_than_allowed_may_be_asked_to_be_loaded()
    {
        for (int i = 0; i < 500; i++) Put($"disk{i}", "value", 0);
        FlushAndForget();
        Assert.That(First.PrefetchRecord(42, isLookup: true), Is.True);
        First.PrefetchPlace(_node.Cores[0], 0, new byte[KeyLimits.KeyBytesMax + 100], 42);
    }

    [Test]
    public void Expired_keys_on_disk_stay_expired_after_a_restart()
    {
        long due = _clock.UnixMilliseconds + 10_000;
        for (int i = 0; i < 200; i++) Put($"k{i}", "value", due);
        Put("stays", "value", 0);
        FlushAndForget();
        _node.Close();
        _clock.Advance(20_000_000);
        _node = Node();
        Assert.That(_node.Until(() => First.Count(0) == 1, 200), Is.True);
        Assert.That(Count(), Is.EqualTo(1));
        Assert.That(Get("k7"), Is.Null);
        Assert.That(Get("stays"), Is.EqualTo("value"));
    }

    [Test]
    public void Without_active_expiry_keys_stay_until_they_are_looked_up()
    {
        _node.Engine.IsExpiryActive = false;
        Put("key", "value", _clock.UnixMilliseconds + 100);
        _clock.Advance(1_000_000);
        _node.Until(() => false, 50);
        Assert.That(Count(), Is.EqualTo(1));
        Assert.That(Get("key"), Is.Null);
        Assert.That(Count(), Is.Zero);
    }

    [Test]
    public void Blind_writes_over_keys_on_disk_are_counted_exactly()
    {
        for (int i = 0; i < 1000; i++) Put($"k{i}", new string('v', 100), 0);
        FlushAndForget();
        for (int i = 500; i < 1500; i++) Put($"k{i}", "new", 0);
        for (int i = 0; i < 100; i++) BlindRemove($"k{i}");
        for (int i = 2000; i < 2100; i++) BlindRemove($"k{i}");
        Assert.That(First.Counts.Unresolved, Is.GreaterThan(0), "the writes should have been blind");
        Assert.That(Count(), Is.EqualTo(1400));
        _node.Close();
        _node = Node();
        Assert.That(Count(), Is.EqualTo(1400));
    }

    [Test]
    public void A_flush_installs_without_waiting_for_counts_which_are_resolved_when_it_is_quiet()
    {
        for (int i = 0; i < 1000; i++) Put($"k{i}", new string('v', 100), 0);
        FlushAndForget();
        for (int i = 500; i < 1500; i++) Put($"k{i}", "new", 0);
        FlushAndForget();
        Assert.That(First.Counts.Unresolved, Is.InRange(500, 550), "the filters should know the new keys");
        Assert.That(_node.Until(() => First.Counts.Unresolved == 0), Is.True);
        Assert.That(First.Count(0), Is.EqualTo(1500));
        Assert.That(_node.Until(() => First.Files.Manifest.Runs.All(run => run.IsCounted)), Is.True);
        _node.Close();
        _node = Node();
        Assert.That(First.Counts.Unresolved, Is.Zero);
        Assert.That(First.Count(0), Is.EqualTo(1500));
    }

    [Test]
    public void The_exact_number_of_keys_is_found_on_demand_once()
    {
        for (int i = 0; i < 1000; i++) Put($"k{i}", new string('v', 100), 0);
        FlushAndForget();
        for (int i = 500; i < 1500; i++) Put($"k{i}", "new", 0);
        FlushAndForget();
        for (int i = 1400; i < 1600; i++) Put($"k{i}", "newer", 0);
        Assert.That(Count(), Is.EqualTo(1600));
        long reads = _node.Cores[0].DiskReads;
        Assert.That(reads, Is.GreaterThan(0));
        Assert.That(First.Counts.Unresolved, Is.Zero);
        Assert.That(Count(), Is.EqualTo(1600));
        Assert.That(_node.Cores[0].DiskReads, Is.EqualTo(reads));
        _node.Close();
        _node = Node();
        Assert.That(Count(), Is.EqualTo(1600));
    }

    [Test]
    public void Finding_the_number_of_keys_takes_no_more_memory_than_the_block_cache_has()
    {
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 20_000; i++)
            {
                Put($"k{i}", new string('v', 200), 0);
                if (i % 50 == 0) _node.Until(() => First.WritePressure < 0.9, 1000);
            }
        }

        FlushAndForget();
        BlockCache cache = _node.Cores[0].Blocks.Cache;
        long most = 0;
        long count = 0;
        _node.Run(0, core =>
        {
            most = Math.Max(most, cache.Bytes);
            return First.TryCount(core, 0, out count);
        });
        Assert.That(count, Is.EqualTo(20_000));
        Assert.That(_node.Cores[0].DiskReadBytes, Is.GreaterThan(3 * cache.BytesMax));
        Assert.That(most, Is.LessThan(2 * cache.BytesMax));
    }

    [Test]
    public void A_keyspace_without_keys_on_disk_has_no_unresolved_writes()
    {
        for (int i = 0; i < 1000; i++) Put($"k{i}", "value", 0);
        Assert.That(First.Counts.Unresolved, Is.Zero);
        FlushAndForget();
        Do(core => First.Flush(core, 0));
        for (int i = 0; i < 100; i++) Put($"k{i}", "value", 0);
        Assert.That(First.Counts.Unresolved, Is.Zero);
        Assert.That(First.Count(0), Is.EqualTo(100));
    }

    [Test]
    public void Memory_stays_within_the_budget_and_everything_can_still_be_read()
    {
        for (int i = 0; i < 20_000; i++)
        {
            Put($"k{i}", $"{i}:{new string('v', 200)}", 0);
            if (i % 50 == 0) _node.Until(() => First.WritePressure < 0.9, 1000);
        }

        _node.Until(() => First.MemoryBytes < 1_100_000, 2000);
        Assert.That(First.MemoryBytes, Is.LessThan(1_100_000));
        Assert.That(First.RunBytes, Is.GreaterThan(3_000_000));
        for (int i = 0; i < 20_000; i += 37) Assert.That(Get($"k{i}"), Does.StartWith($"{i}:"));
        Assert.That(First.MemoryBytes, Is.LessThan(1_200_000));
    }

    [Test]
    public void A_flushed_database_gives_its_memory_and_its_disk_space_back()
    {
        for (int i = 0; i < 3000; i++) Put($"k{i}", new string('v', 100), 0);
        FlushAndForget();
        for (int i = 0; i < 1000; i++) Put($"k{i}", new string('w', 100), 0);
        _node.Run(0, core =>
        {
            First.Flush(core, 0);
            return true;
        });
        Assert.That(Count(), Is.Zero);
        Assert.That(Get("k1"), Is.Null);
        _node.Until(() => First.Memory.Allocator.Allocations == 0, 100);
        Assert.That(First.Memory.Allocator.Allocations, Is.Zero);
        Put("new", "value", 0);
        FlushAndForget();
        _node.Until(() => First.RunBytes < 50_000, 100);
        Assert.That(First.RunBytes, Is.LessThan(50_000));
    }

    [Test]
    public void Watched_keys_hear_of_changes_expiry_flush_and_swap()
    {
        Put("a", "1", 0);
        Assert.That(Changes("a", () => Get("a")), Is.False);
        Assert.That(Changes("a", () => Put("b", "2", 0)), Is.False);
        Assert.That(Changes("a", () => Put("a", "2", 0)), Is.True);
        Assert.That(Changes("none", () => Do(core => First.Flush(core, 1))), Is.False);
        Assert.That(Changes("none", () => Do(core => First.Flush(core, 0))), Is.False);
        Put("a", "1", 0);
        Assert.That(Changes("a", () => Do(core => First.Flush(core, 0))), Is.True);
        Put("a", "1", _clock.UnixMilliseconds + 50);
        Assert.That(Changes("a", () => _clock.Advance(100_000)), Is.True);
        Assert.That(Changes("a", () => _clock.Advance(100_000)), Is.False);
        Put("a", "1", 0);
        Assert.That(Changes("a", () => Do(core => First.SwapDatabases(core, 0, 1))), Is.True);
        Assert.That(First.Watches.IsEmpty, Is.True);
    }

    [Test]
    public void Random_keys_come_from_memory_and_disk_and_exist()
    {
        for (int i = 0; i < 300; i++) Put($"k{i}", "v", 0);
        FlushAndForget();
        for (int i = 0; i < 100; i++) BlindRemove($"k{i}");
        for (int i = 300; i < 400; i++) Put($"k{i}", "v", 0);
        SimSeed seed = new(3);
        HashSet<string> seen = [];
        for (int i = 0; i < 3000; i++)
        {
            _node.Run(0, core =>
            {
                KeyStep step = First.RandomKey(core, 0, seed.Next(), out ReadOnlySpan<byte> key);
                if (step == KeyStep.Key) seen.Add(Encoding.Latin1.GetString(key));
                return step != KeyStep.NotResident;
            });
        }

        Assert.That(seen, Has.Count.GreaterThan(250));
        Assert.That(seen.Select(key => int.Parse(key[1..], null)), Is.All.InRange(100, 399));
    }

    [Test]
    public void A_checkpoint_empties_the_logs()
    {
        for (int i = 0; i < 3000; i++) Put($"k{i}", new string('v', 100), 0);
        long checkpoint = _node.Engine.BeginCheckpoint();
        Assert.That(_node.Until(() => _node.Engine.IsCheckpointDone(checkpoint)), Is.True);
        _node.Until(() => _node.Cores[0].Log.Segments == 1, 200);
        Assert.That(_node.Cores[0].Log.Segments, Is.EqualTo(1));
        _node.Close();
        _node = Node();
        Assert.That(_node.Engine.Recovery.OperationsApplied, Is.Zero);
        Assert.That(_node.Engine.Recovery.WasClosed, Is.True);
        Assert.That(Count(), Is.EqualTo(3000));
    }

    [Test]
    public void Appending_to_a_large_value_costs_what_is_appended()
    {
        Put("big", new string('x', 10_000_000), 0);
        FlushAndForget();
        for (int i = 0; i < 2000; i++) Append("big", "0123456789");
        Assert.That(Get("big"), Has.Length.EqualTo(10_020_000));
        Assert.That(First.Memory.Allocator.BytesInUse, Is.LessThan(40_000_000));
    }

    [Test]
    public void Look_ups_and_overwrites_of_resident_keys_allocate_nothing()
    {
        for (int i = 0; i < 100; i++) Put($"k{i}", "value", 0);
        CoreStorage core = _node.Cores[0];
        Partition partition = First;
        long before = 0;
        for (int round = 0; round < 3; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                ulong hash = partition.Hash(0, "k17"u8);
                partition.TryFind(core, 0, "k17"u8, hash, true, out _);
                partition.Put(core, 0, "k17"u8, hash, RecordType.String, 0, "other"u8, 0);
                core.EndCommand();
            }

            before = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.That(before, Is.Zero);
    }

    private SimNode Node() => new(_disk, _clock, new SimSeed(1), new EngineOptions
    {
        Directory = "data",
        Cores = 1,
        Partitions = 1,
        Databases = 2,
        CacheBytes = 1 << 20,
        BlockCacheBytes = 1 << 20,
        MemtableBytes = 200_000,
        Log = new LogSettings { SegmentBytes = 64 * 1024 },
    }, SyncPolicy.EverySecond);

    private void Do(Action<CoreStorage> action) => _node.Run(0, core =>
    {
        action(core);
        return true;
    });

    private void Put(string key, string value, long expireAt)
    {
        _node.Put(First, key, value, expireAt);
        if (++_commands % 20 == 0) _node.TickAndTurn(0);
    }

    private void BlindRemove(string key)
    {
        byte[] bytes = Workload.Bytes(key);
        Do(core => First.Remove(core, 0, bytes, First.Hash(0, bytes)));
    }

    private void Append(string key, string more) => _node.Run(0, core =>
    {
        byte[] bytes = Workload.Bytes(key);
        ulong hash = First.Hash(0, bytes);
        if (!First.TryFind(core, 0, bytes, hash, true, out Record record)) return false;
        First.WriteRange(core, 0, bytes, hash, record.Value.Length, Workload.Bytes(more));
        return true;
    });

    private string? Get(string key) => _node.Get(First, key);

    private long Count()
    {
        long count = 0;
        _node.Run(0, core => First.TryCount(core, 0, out count));
        return count;
    }

    private bool Changes(string key, Action action)
    {
        byte[] bytes = Workload.Bytes(key);
        ulong before = First.Watch(_node.Cores[0], 0, bytes);
        action();
        _node.Cores[0].NowMilliseconds = _clock.UnixMilliseconds;
        bool changed = First.Version(_node.Cores[0], 0, bytes) != before;
        _node.Cores[0].EndCommand();
        First.Unwatch(0, bytes);
        return changed;
    }

    // After this nothing is resident: everything is on disk and clean records are gone.
    private void FlushAndForget()
    {
        Assert.That(_node.Settle(First), Is.True);
        First.Reclaimer.DropAll();
        Assert.That(First.Memory.Table.Count, Is.Zero);
    }

    private sealed class Sink : IExpirySink
    {
        public List<string> Keys { get; } = [];

        public void KeyExpired(int database, ReadOnlySpan<byte> key) =>
            Keys.Add(Encoding.Latin1.GetString(key));

        public void FieldsExpired(int database, ReadOnlySpan<byte> key, long count, bool isEmptied) =>
            throw new InvalidOperationException("no field is to expire");

        public void KeyCreated(int database, ReadOnlySpan<byte> key) =>
            throw new InvalidOperationException("no collection is to begin");

        public void KeyEvicted(int database, ReadOnlySpan<byte> key) =>
            throw new InvalidOperationException("nothing is to be evicted");
    }
}
