using System.Globalization;
using System.Text;
using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Io;
using Hedge.Storage.Loads;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Evictions;

/// <summary>Which keys the policies delete, from memory and from disk.</summary>
[Category("fast")]
public sealed class KeyEvictorTests
{
    private const int Keys = 4000;
    private const int ValueBytes = 500;

    private readonly SimClock _clock = new();
    private readonly Sink _sink = new();
    private SimDisk _disk = null!;
    private SimNode _node = null!;

    private Partition First => _node.Engine.Partitions[0];

    private DiskLimit Limit => _node.Cores[0].DiskLimit;

    [SetUp]
    public void Open()
    {
        _sink.Keys.Clear();
        _disk = new SimDisk(7, _clock);
        _node = Node();
    }

    [TearDown]
    public void Close() => _node.Close();

    [Test]
    public void Only_keys_with_an_expiry_go_under_a_volatile_policy(
        [Values(EvictionPolicy.VolatileLru, EvictionPolicy.VolatileLfu, EvictionPolicy.VolatileRandom,
            EvictionPolicy.VolatileTtl)] EvictionPolicy policy, [Values] bool onDisk)
    {
        long due = _clock.UnixMilliseconds + 1_000_000_000;
        for (int i = 0; i < Keys; i++) Put(i, i % 4 == 0 ? 0 : due + i);
        if (onDisk) FlushAndForget();

        Evict(policy);

        Assert.That(_sink.Keys, Has.None.Matches<int>(key => key % 4 == 0));
        CheckCounts();
    }

    [Test]
    public void Volatile_ttl_takes_those_that_expire_first([Values] bool onDisk)
    {
        long due = _clock.UnixMilliseconds + 1_000_000_000;
        for (int i = 0; i < Keys; i++) Put(i, due + ((long)i * 7919 % Keys * 1000));
        if (onDisk) FlushAndForget();

        Evict(EvictionPolicy.VolatileTtl);

        int late = _sink.Keys.Count(key => (long)key * 7919 % Keys > Keys * 9 / 10);
        Assert.That(late, Is.Zero);
        CheckCounts();
    }

    [Test]
    public void Volatile_ttl_takes_loaded_keys_that_expire_before_those_it_was_at()
    {
        long due = _clock.UnixMilliseconds + 1_000_000_000;
        for (int i = 0; i < Keys; i++) Put(i, due + i);
        FlushAndForget();
        Evict(EvictionPolicy.VolatileTtl);
        int evicted = _sink.Keys.Count;
        Limit.LimitBytes = 0;
        Load(Keys, 2000, due - 1_000_000);
        Limit.LimitBytes = 4 << 20;
        // Some that it had chosen before go first.
        const int chosen = 300;
        Assert.That(_node.Until(() => _sink.Keys.Count > evicted + (2 * chosen), 5000), Is.True);
        Assert.That(_sink.Keys.Skip(evicted + chosen).Take(chosen), Is.All.GreaterThanOrEqualTo(Keys));
    }

    [Test]
    public void Random_keys_go_wherever_they_are()
    {
        for (int i = 0; i < Keys; i++) Put(i, 0);
        FlushAndForget();

        Evict(EvictionPolicy.AllKeysRandom);

        Assert.That(_sink.Keys.Count(key => key < Keys / 2), Is.InRange(_sink.Keys.Count / 5,
            _sink.Keys.Count * 4 / 5));
        CheckCounts();
    }

    [Test]
    public void Writes_are_refused_when_nothing_may_be_evicted_and_not_without_a_limit()
    {
        for (int i = 0; i < Keys; i++) Put(i, 0);
        FlushAndForget();
        Assert.That(Limit.IsFull, Is.False);
        Limit.Policy = EvictionPolicy.VolatileLru;
        Limit.LimitBytes = 64 * 1024;

        _node.Until(() => Limit.IsFull);

        Assert.That(Limit.IsFull, Is.True);
        Assert.That(_sink.Keys, Is.Empty);
        Limit.LimitBytes = 0;
        _node.Until(() => !Limit.IsFull, 1000);
        Assert.That(Limit.IsFull, Is.False);
    }

    [Test]
    public void An_evicted_key_counts_as_changed_for_those_who_watch_it()
    {
        for (int i = 0; i < Keys; i++) Put(i, 0);
        CoreStorage core = _node.Cores[0];
        ulong[] versions = [.. Enumerable.Range(0, Keys).Select(i => First.Watch(core, 0, Name(i)))];

        Evict(EvictionPolicy.AllKeysRandom);

        foreach (int key in _sink.Keys)
            Assert.That(First.Version(core, 0, Name(key)), Is.Not.EqualTo(versions[key]));
    }

    [Test]
    public void Deleting_makes_room_on_disk()
    {
        for (int i = 0; i < Keys; i++) Put(i, 0);
        FlushAndForget();
        long before = Limit.UsedBytes;

        Evict(EvictionPolicy.AllKeysLru);
        _node.Until(() => Limit.UsedBytes < before * 3 / 4, 5000);

        Assert.That(Limit.UsedBytes, Is.LessThan(before * 3 / 4));
        CheckCounts();
    }

    private static byte[] Name(int key) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"key{key:D5}"));

    private SimNode Node() => new(_disk, _clock, new SimSeed(1), new EngineOptions
    {
        Directory = "data",
        Cores = 1,
        Partitions = 1,
        Databases = 1,
        CacheBytes = 64 << 20,
        BlockCacheBytes = 1 << 20,
        MemtableBytes = 400_000,
        Log = new LogSettings { SegmentBytes = 64 * 1024, SparesMax = 0 },
    }, SyncPolicy.EverySecond);

    // Until the partition is content, with a limit that needs about a quarter of the keys gone.
    private void Evict(EvictionPolicy policy)
    {
        _node.Cores[0].ExpirySink = _sink;
        _node.Until(() => false, 300);
        Limit.Policy = policy;
        Limit.LimitBytes = 4 << 20;
        _node.Until(() => false, 300);
        Assert.That(_node.Until(() => First.Flusher.IsIdle && First.Compactor.IsIdle
            && Limit.LiveBytes > 0 && Limit.ExcessOf(0) == 0), Is.True, "it is content");
        Assert.That(_sink.Keys, Has.Count.InRange(Keys / 20, Keys * 9 / 10));
        Assert.That(_sink.Keys.Distinct().Count(), Is.EqualTo(_sink.Keys.Count), "each once");
    }

    private void CheckCounts()
    {
        long count = 0;
        _node.Run(0, core => First.TryCount(core, 0, out count));
        int there = 0;
        for (int i = 0; i < Keys; i++) if (Exists(i)) there++;
        Assert.That(count, Is.EqualTo(there));
        Assert.That(there, Is.EqualTo(Keys - _sink.Keys.Count));
    }

    private void Load(int first, int count, long expireAt)
    {
        using MemoryStream stream = new();
        LoadFileWriter writer = new(stream);
        for (int i = first; i < first + count; i++) writer.Add(Name(i), new byte[ValueBytes], expireAt);
        writer.Finish();
        using (DiskFile file = _disk.Open("load", DiskOpenMode.Create))
            _disk.Write(file, 0, stream.ToArray());
        BulkLoad load = _node.Engine.BeginLoad(0, TransferPath.At("load"), _ => 0)!;
        Assert.That(_node.Until(() => load.IsOver), Is.True);
        Assert.That(load.Failure, Is.Null);
    }

    private void Put(int key, long expireAt)
    {
        byte[] name = Name(key);
        _node.Run(0, core =>
        {
            ulong hash = First.Hash(0, name);
            First.Put(core, 0, name, hash, RecordType.String, 0, new byte[ValueBytes], expireAt);
            return true;
        });
        if (key % 50 == 0) _node.Until(() => First.WritePressure < 0.9, 1000);
    }

    private bool Exists(int key)
    {
        bool exists = false;
        byte[] name = Name(key);
        _node.Run(0, core =>
        {
            if (!First.TryFind(core, 0, name, First.Hash(0, name), true, out Record record)) return false;
            exists = record.Exists;
            return true;
        });
        return exists;
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
        public List<int> Keys { get; } = [];

        public void KeyExpired(int database, ReadOnlySpan<byte> key) =>
            throw new InvalidOperationException("nothing is to expire");

        public void FieldsExpired(int database, ReadOnlySpan<byte> key, long count, bool isEmptied) =>
            throw new InvalidOperationException("no field is to expire");

        public void KeyCreated(int database, ReadOnlySpan<byte> key) =>
            throw new InvalidOperationException("no collection is to begin");

        public void KeyEvicted(int database, ReadOnlySpan<byte> key) =>
            Keys.Add(int.Parse(Encoding.ASCII.GetString(key[3..]), CultureInfo.InvariantCulture));
    }
}
