using System.Text;
using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Loads;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Loads;

/// <summary>Load files on a simulated disk.</summary>
[Category("fast")]
public sealed class BulkLoadTests
{
    private const string File = "input";
    private const int Partitions = 4;

    private delegate void LookedUp(in Record record);

    private readonly SimSeed _seed = new(11);
    private SimClock _clock = new();
    private SimDisk _disk = null!;
    private SimNode _node = null!;

    [SetUp]
    public void Begin()
    {
        _clock = new SimClock();
        _disk = new SimDisk(5, _clock);
        Open();
    }

    [TearDown]
    public void End() => _node.Close();

    [Test]
    public void Loaded_keys_are_all_there_before_and_after_a_restart()
    {
        WriteFile(Keys(0, 1000, "loaded"));
        BulkLoad load = Load();
        Assert.That((load.Failure, load.Records), Is.EqualTo(((string?)null, 1000L)));
        Check();
        _node.Close();
        Open();
        Check();

        void Check()
        {
            Assert.That(Count(), Is.EqualTo(1000));
            Assert.That(Get("key00000"), Is.EqualTo("loaded"));
            Assert.That(Get("key00999"), Is.EqualTo("loaded"));
            Assert.That(Get("key01000"), Is.Null);
        }
    }

    [Test]
    public void What_was_loaded_into_an_empty_database_is_known_to_be_live_and_not_rewritten()
    {
        WriteFile(Keys(0, 1000, "loaded"));
        Assert.That(Load().Failure, Is.Null);
        IReadOnlyList<Partition> partitions = _node.Engine.Partitions;
        Assert.That(partitions.Sum(partition => partition.Files.Manifest.Keys.Sum(keys => keys.Keys)),
            Is.EqualTo(1000));
        Assert.That(partitions.Select(partition => partition.Files.Manifest.Runs.Single().IsCounted),
            Is.All.True);
        foreach (long seconds in (long[])[0, 31, 600])
        {
            _clock.Advance(seconds * 1_000_000);
            _node.Until(() => false, 300);
        }

        Assert.That(partitions.Sum(partition => partition.Compactor.Compactions), Is.Zero);
        Assert.That(Count(), Is.EqualTo(1000));
    }

    [Test]
    public void A_load_replaces_what_was_there_whether_flushed_or_not_and_later_writes_replace_it()
    {
        foreach ((string key, string value, _) in Keys(0, 300, "old")) Put(key, value);
        Checkpoint();
        foreach ((string key, string value, _) in Keys(200, 400, "newer")) Put(key, value);
        Assert.That(Get("key00010"), Is.EqualTo("old"));
        WriteFile(Keys(100, 350, "loaded"));
        Assert.That(Load().Failure, Is.Null);
        Put("key00120", "after");
        Run(0, "key00130", (core, partition, key, hash) => partition.Remove(core, 0, key, hash));
        Assert.That(Count(), Is.EqualTo(399));
        Assert.That(Get("key00010"), Is.EqualTo("old"));
        Assert.That(Get("key00100"), Is.EqualTo("loaded"));
        Assert.That(Get("key00250"), Is.EqualTo("loaded"));
        Assert.That(Get("key00349"), Is.EqualTo("loaded"));
        Assert.That(Get("key00350"), Is.EqualTo("newer"));
        Assert.That(Get("key00120"), Is.EqualTo("after"));
        Assert.That(Get("key00130"), Is.Null);
        _node.Close();
        Open();
        Assert.That(Count(), Is.EqualTo(399));
        Assert.That(Get("key00120"), Is.EqualTo("after"));
    }

    [Test]
    public void Loaded_keys_expire()
    {
        long soon = _clock.UnixMilliseconds + 5000;
        WriteFile([.. Keys(0, 50, "stays"), .. Keys(50, 90, "goes", soon)]);
        Assert.That(Load().Failure, Is.Null);
        Assert.That(Count(), Is.EqualTo(90));
        Assert.That(_node.Engine.Partitions.Sum(partition => partition.ExpiresCount(0)), Is.EqualTo(40));
        _clock.Advance(6_000_000);
        Assert.That(_node.Until(() => _node.Cores[0].Counters.ExpiredKeys == 40), Is.True);
        Assert.That(Count(), Is.EqualTo(50));
    }

    [Test]
    public void Writes_during_a_load_are_never_lost()
    {
        WriteFile(Keys(0, 2000, "loaded"));
        BulkLoad load = _node.Engine.BeginLoad(0, TransferPath.At(File), Place)!;
        Dictionary<string, string> written = [];
        for (int i = 0; i < 3000 && !load.IsOver; i++)
        {
            string key = $"new{_seed.Below(500):00000}";
            Put(key, written[key] = $"value{i}");
            if (_seed.Chance(0.5)) _node.Until(() => load.IsOver, 1);
        }

        Assert.That(_node.Until(() => load.IsOver), Is.True);
        Assert.That(load.Failure, Is.Null);
        Assert.That(Count(), Is.EqualTo(2000 + written.Count));
        foreach ((string key, string value) in written) Assert.That(Get(key), Is.EqualTo(value));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void A_crash_leaves_each_partition_with_all_of_its_part_or_nothing(int seed)
    {
        Random random = new(seed);
        foreach ((string key, string value, _) in Keys(0, 300, "old")) Put(key, value);
        WriteFile(Keys(0, 600, "loaded"));
        int whole = 0;
        for (int i = 0; i < 30 && whole < Partitions; i++)
        {
            BulkLoad load = _node.Engine.BeginLoad(0, TransferPath.At(File), Place)!;
            _node.Until(() => load.IsOver, random.Next(40));
            CoreStorage core = _node.Cores[0];
            _node.Until(() => core.Log.Synced >= core.Log.Appended && core.Blocks.Cache.InFlight == 0, 5);
            _node.Abandon();
            _disk.Crash();
            Open();
            whole = 0;
            long keys = 0;
            for (int p = 0; p < Partitions; p++)
            {
                string[] mine = [.. Keys(0, 600, "").Select(entry => entry.Key)
                    .Where(key => PlaceOf(key) == p)];
                string?[] values = [.. mine.Select(Get)];
                bool isLoaded = values.All(value => value == "loaded");
                bool isOld = mine.Zip(values).All(pair => pair.Second
                    == (string.CompareOrdinal(pair.First, "key00300") < 0 ? "old" : null));
                Assert.That(isLoaded || isOld, Is.True, $"partition {p} after crash {i}, seed {seed}");
                keys += values.Count(value => value is not null);
                if (isLoaded) whole++;
            }

            Assert.That(Count(), Is.EqualTo(keys));
        }

        Assert.That(whole, Is.EqualTo(Partitions), "some load comes to its end");
    }

    [Test]
    public void A_damaged_file_is_refused_and_changes_nothing()
    {
        Put("key00003", "old");
        byte[] right = Encode(Keys(0, 8, "loaded"));
        for (int i = 0; i < right.Length; i += 3)
        {
            byte[] wrong = [.. right];
            wrong[i] ^= 1;
            WriteBytes(wrong);
            Assert.That(Load().Failure, Does.StartWith("load file"), $"byte {i}");
        }

        WriteBytes(right[..^1]);
        Assert.That(Load().Failure, Does.Contain("not as long"));
        WriteFile([("b", "1", 0), ("a", "2", 0)]);
        Assert.That(Load().Failure, Does.Contain("not in order"));
        Assert.That(Get("key00003"), Is.EqualTo("old"));
        Assert.That(Count(), Is.EqualTo(1));
        WriteBytes(right);
        Assert.That(Load().Failure, Is.Null);
        Assert.That(Count(), Is.EqualTo(8));
    }

    [Test]
    public void A_watched_key_of_the_file_counts_as_changed()
    {
        Put("key00005", "old");
        Partition partition = _node.Engine.Partitions[PlaceOf("key00005")];
        ulong version = partition.Watch(_node.Cores[0], 0, "key00005"u8);
        WriteFile(Keys(0, 10, "loaded"));
        Assert.That(Load().Failure, Is.Null);
        Assert.That(partition.Version(_node.Cores[0], 0, "key00005"u8), Is.Not.EqualTo(version));
    }

    [Test]
    public void Strings_loaded_over_collections_leave_none_of_their_nodes()
    {
        OpenCollections collections = new();
        for (int i = 0; i < 2000; i++)
        {
            byte[] member = Encoding.ASCII.GetBytes($"member{i:00000}");
            foreach (string key in new[] { "key00004", "key00008" })
            {
                Run(0, key, (core, partition, bytes, hash) =>
                {
                    Assert.That(partition.TryFind(core, 0, bytes, hash, true, out Record record));
                    collections.Reset();
                    StoredSet set = new(
                        collections.Open(partition, core, 0, bytes, hash, record, RecordType.Set));
                    Assert.That(set.TryAdd(member, out _));
                });
            }
        }

        Checkpoint();
        Partition place = _node.Engine.Partitions[PlaceOf("key00004")];
        uint nodes = place.Keyspaces.IdOf(0) | Keyspaces.NodeBit;
        Assert.That(place.Runs.EntriesOf(nodes), Is.GreaterThan(50));
        long one = place.Keyspaces.Nodes(0) / 2;

        WriteFile(Keys(0, 5, "loaded"));
        Load();
        Assert.That(_node.Until(() => place.Compactor.IsIdle));
        Assert.That(place.Compactor.TryMerge(_node.Cores[0], new RunRange(0, place.RunCount)));
        Assert.That(_node.Until(() => place.Compactor.IsIdle));
        Assert.That(Get("key00004"), Is.EqualTo("loaded"));
        Assert.That(place.Runs.EntriesOf(nodes), Is.EqualTo(one).Within(2), "the other collection's nodes");
        Assert.That(place.Keyspaces.Nodes(0), Is.EqualTo(place.Runs.EntriesOf(nodes)));
    }

    [Test]
    public void A_change_while_a_load_is_put_in_force_is_never_made_to_what_was_loaded()
    {
        const string key = "key00004";
        Partition place() => _node.Engine.Partitions[PlaceOf(key)];
        Random random = new(3);
        int before = 0;
        int crashes = 0;
        for (int i = 0; i < 25; i++)
        {
            Run(0, key, (core, partition, bytes, hash) => partition.Remove(core, 0, bytes, hash));
            for (int member = 0; member < 30; member++) AddMember(key, $"member{member}");
            Checkpoint();
            WriteFile(Keys(0, 20, "loaded"));
            BulkLoad load = _node.Engine.BeginLoad(0, TransferPath.At(File), Place)!;
            _node.Until(() => place().Loading is { State: LoadState.Installing });
            _node.Until(() => load.IsOver, random.Next(2));
            bool wasSet = TypeOf(key) == RecordType.Set;
            if (wasSet) AddMember(key, "another");
            _node.Until(() => load.IsOver, random.Next(4));
            CoreStorage core = _node.Cores[0];
            _node.Until(() => core.Log.Synced >= core.Log.Appended && core.Blocks.Cache.InFlight == 0, 5);
            _node.Abandon();
            _disk.Crash();
            crashes++;
            Open();
            RecordType? type = TypeOf(key);
            if (type == RecordType.Set) Assert.That(Members(key), Is.EqualTo(31), $"round {i}");
            else Assert.That(Get(key), Is.EqualTo("loaded"), $"round {i}");
            if (wasSet && type == RecordType.Set) before++;
            long there = Keys(0, 20, "").Count(each => TypeOf(each.Key) != null);
            Assert.That(Count(), Is.EqualTo(there), $"round {i}");
            Assert.That(place().Keyspaces.Nodes(0), Is.InRange(0, 100));
        }

        TestContext.Out.WriteLine($"{before} of {crashes} crashes came before the load was in force");
        Assert.That(before, Is.GreaterThan(1));
    }

    private static IEnumerable<(string Key, string Value, long ExpireAt)> Keys(int from, int to, string value,
        long expireAt = 0) =>
        Enumerable.Range(from, to - from).Select(i => ($"key{i:00000}", value, expireAt));

    private static int PlaceOf(string key) => Place(Encoding.ASCII.GetBytes(key));

    private static int Place(ReadOnlySpan<byte> key) => key[^1] % Partitions;

    private static byte[] Encode(IEnumerable<(string Key, string Value, long ExpireAt)> records)
    {
        using MemoryStream stream = new();
        LoadFileWriter writer = new(stream);
        foreach ((string key, string value, long expireAt) in records)
            writer.Add(Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(value), expireAt);
        writer.Finish();
        return stream.ToArray();
    }

    private void WriteFile(IEnumerable<(string Key, string Value, long ExpireAt)> records) =>
        WriteBytes(Encode(records));

    private void WriteBytes(byte[] bytes)
    {
        if (_disk.Exists(File)) _disk.Delete(File);
        using DiskFile file = _disk.Open(File, DiskOpenMode.Create);
        _disk.Write(file, 0, bytes);
        _disk.Sync(file);
        _disk.SyncDirectory("");
    }

    private void Open() => _node = new SimNode(_disk, _clock, _seed, PartitionModelTests.Options(1),
        SyncPolicy.Always);

    private BulkLoad Load()
    {
        BulkLoad load = _node.Engine.BeginLoad(0, TransferPath.At(File), Place)!;
        Assert.That(_node.Until(() => load.IsOver), Is.True, "the load comes to its end");
        return load;
    }

    private void Checkpoint()
    {
        long checkpoint = _node.Engine.BeginCheckpoint();
        Assert.That(_node.Until(() => _node.Engine.IsCheckpointDone(checkpoint)), Is.True);
    }

    private void Run(int database, string key, Action<CoreStorage, Partition, byte[], ulong> action)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        Partition partition = _node.Engine.Partitions[Place(bytes)];
        _node.Run(0, core =>
        {
            action(core, partition, bytes, partition.Hash(database, bytes));
            return true;
        });
    }

    private void Put(string key, string value) => Run(0, key, (core, partition, bytes, hash) => partition.Put(
        core, 0, bytes, hash, RecordType.String, StringEncoding.Raw, Encoding.ASCII.GetBytes(value), 0));

    private void AddMember(string key, string member) =>
        OnSet(key, set => set.TryAdd(Encoding.ASCII.GetBytes(member), out _));

    private long Members(string key)
    {
        long count = 0;
        OnSet(key, set =>
        {
            count = set.Count;
            return true;
        });
        return count;
    }

    private void OnSet(string key, Func<StoredSet, bool> action)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        Partition partition = _node.Engine.Partitions[Place(bytes)];
        ulong hash = partition.Hash(0, bytes);
        OpenCollections collections = new();
        _node.Run(0, core =>
        {
            collections.Reset();
            return partition.TryFind(core, 0, bytes, hash, true, out Record record)
                && action(new StoredSet(
                    collections.Open(partition, core, 0, bytes, hash, record, RecordType.Set)));
        });
    }

    private RecordType? TypeOf(string key)
    {
        RecordType? type = null;
        Run(key, (in Record record) => type = record.Exists ? record.Type : null);
        return type;
    }

    private string? Get(string key)
    {
        string? value = null;
        Run(key, (in Record record) => value = record.Exists ? Encoding.ASCII.GetString(record.Value) : null);
        return value;
    }

    private void Run(string key, LookedUp action)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        Partition partition = _node.Engine.Partitions[Place(bytes)];
        _node.Run(0, core =>
        {
            if (!partition.TryFind(core, 0, bytes, partition.Hash(0, bytes), true, out Record record))
                return false;
            action(record);
            return true;
        });
    }

    private long Count()
    {
        long total = 0;
        foreach (Partition partition in _node.Engine.Partitions)
        {
            long count = 0;
            _node.Run(0, core => partition.TryCount(core, 0, out count));
            total += count;
        }

        return total;
    }
}
