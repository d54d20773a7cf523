using System.Text;
using Hedge.Storage.Cores;
using Hedge.Storage.Exports;
using Hedge.Storage.Io;
using Hedge.Storage.Loads;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Exports;

/// <summary>Snapshots and exports on a simulated disk.</summary>
[Category("fast")]
public sealed class ExportTests
{
    private const string File = "output";
    private const int Keys = 300;

    private readonly Dictionary<(int Database, string Key), Entry> _model = [];
    private SimSeed _seed = new(1);
    private SimClock _clock = new();
    private SimDisk _disk = null!;
    private SimNode _node = null!;

    private record struct Entry(string Value, StringEncoding Encoding, long ExpireAt);

    [SetUp]
    public void Begin() => Open(1);

    [TearDown]
    public void End() => _node.Close();

    [Test]
    public void An_export_is_of_one_moment_whatever_is_written_during_it_and_loads_again()
    {
        int during = 0;
        for (ulong seed = 1; seed <= 12; seed++)
        {
            _node.Close();
            Open(seed);
            for (int i = 0; i < 400 + _seed.Below(600); i++) Step();
            Dictionary<string, Entry> expected = [];
            Export export = Start();
            foreach (((int database, string key), Entry entry) in _model)
            {
                bool isLive = entry.ExpireAt == 0 || entry.ExpireAt > _clock.UnixMilliseconds;
                if (database == 0 && isLive) expected.Add(key, entry);
            }

            for (int i = 0; i < 1500 && !export.IsOver; i++, during++) Step();
            Assert.That(_node.Until(() => export.IsOver), Is.True, $"seed {seed}");
            Assert.That(export.Failure, Is.Null, $"seed {seed}");
            Assert.That(Read(), Is.EquivalentTo(expected), $"seed {seed}");
            Assert.That(export.Records, Is.EqualTo(expected.Count));

            Call(core => Flush(core, 0));
            BulkLoad load = _node.Engine.BeginLoad(0, TransferPath.At(File), Place)!;
            Assert.That(_node.Until(() => load.IsOver), Is.True);
            Assert.That(load.Failure, Is.Null);
            _disk.Delete(File);
            Export again = Start();
            Assert.That(_node.Until(() => again.IsOver), Is.True);
            long now = again.Snapshot.NowMilliseconds;
            Assert.That(Read(), Is.EquivalentTo(
                expected.Where(each => each.Value.ExpireAt == 0 || each.Value.ExpireAt > now)));
        }

        Assert.That(during, Is.GreaterThan(500), "writes went on");
    }

    [Test]
    public void Files_that_a_snapshot_keeps_return_at_its_end()
    {
        Snapshot? snapshot = null;
        for (int i = 0; i < Keys; i++) Put(0, $"key{i}", new string('a', 200));
        Call(core => snapshot = _node.Engine.BeginSnapshot(core));
        Assert.That(_node.Until(() => snapshot!.IsReady), Is.True);
        string[] kept = Files();
        for (int round = 0; round < 4; round++)
        {
            for (int i = 0; i < Keys; i++) Put(0, $"key{i}", new string((char)('b' + round), 200));
            long checkpoint = _node.Engine.BeginCheckpoint();
            Assert.That(_node.Until(() => _node.Engine.IsCheckpointDone(checkpoint)), Is.True);
        }

        _node.Until(() => false, 300);
        Assert.That(_node.Engine.Partitions.Sum(each => each.Compactor.Compactions), Is.Positive);
        Assert.That(Files(), Is.SupersetOf(kept));
        snapshot!.Release();
        snapshot.Release();
        _node.Until(() => false, 300);
        Assert.That(Files().Length, Is.EqualTo(_node.Engine.Partitions.Sum(each => each.RunCount)));
        Assert.That(Files().Intersect(kept), Is.Empty);
    }

    [Test]
    public void A_snapshot_given_up_before_it_is_ready_keeps_nothing()
    {
        Snapshot? snapshot = null;
        Put(0, "key1", "value");
        Call(core => snapshot = _node.Engine.BeginSnapshot(core));
        Assert.That(snapshot!.IsReady, Is.False, "a change is not flushed yet");
        snapshot.Release();
        long checkpoint = _node.Engine.BeginCheckpoint();
        Assert.That(_node.Until(() => _node.Engine.IsCheckpointDone(checkpoint)), Is.True);
        _node.Until(() => false, 20);
        Assert.That(snapshot.Parts.Sum(part => part.State == SnapshotState.Held ? 1 : 0), Is.Zero);
    }

    [TestCase(SimDiskOperationKind.Write)]
    [TestCase(SimDiskOperationKind.Sync)]
    [TestCase(SimDiskOperationKind.Rename)]
    public void A_failure_of_the_disk_leaves_no_file_and_says_why(SimDiskOperationKind kind)
    {
        for (int i = 0; i < Keys; i++) Put(0, $"key{i}", "value");
        SimDiskFault fault = Fault(operation => operation.Kind == kind && operation.Path.StartsWith(File));
        Export export = Start();
        Assert.That(_node.Until(() => export.IsOver), Is.True);
        Assert.That(fault.Struck, Is.EqualTo(1));
        Assert.That(export.Failure, Does.Contain("errno"));
        Assert.That(_disk.List("").Where(name => name.StartsWith(File)), Is.Empty);
        export = Start();
        Assert.That(_node.Until(() => export.IsOver), Is.True);
        Assert.That((export.Failure, export.Records), Is.EqualTo(((string?)null, (long)Keys)));
    }

    [Test]
    public void Changes_that_cannot_be_flushed_cannot_be_exported()
    {
        Put(0, "key1", "value");
        Fault(operation => operation.Path.EndsWith(".run") && operation.Kind == SimDiskOperationKind.Write);
        Export export = Start();
        Assert.That(_node.Until(() => export.IsOver), Is.True);
        Assert.That(export.Failure, Does.StartWith("changes cannot be flushed"));
        Assert.That(_disk.Exists(File), Is.False);
    }

    [Test]
    public void No_flipped_bit_of_an_export_is_believed_when_it_is_loaded()
    {
        for (int i = 0; i < 12; i++)
        {
            long expireAt = i % 3 == 0 ? _clock.UnixMilliseconds + 1_000_000 : 0;
            Put(0, $"key{i}", new string('a', i * 7), (StringEncoding)(i % 3), expireAt);
        }

        Export export = Start();
        Assert.That(_node.Until(() => export.IsOver), Is.True);
        int bits = _disk.Peek(File).Length * 8;
        for (int bit = 0; bit < bits; bit++)
        {
            _disk.FlipBit(File, bit);
            Assert.That(() => Read(), Throws.InstanceOf<LoadException>(), $"bit {bit}");
            if (bit % 61 == 0)
            {
                BulkLoad load = _node.Engine.BeginLoad(0, TransferPath.At(File), Place)!;
                Assert.That(_node.Until(() => load.IsOver), Is.True);
                Assert.That(load.Failure, Does.StartWith("load file"), $"bit {bit}");
            }

            _disk.FlipBit(File, bit);
        }

        Assert.That(Read(), Has.Count.EqualTo(12));
        Assert.That(_node.Engine.Partitions.Sum(each => each.Count(0)), Is.EqualTo(12));
    }

    [Test]
    public void One_export_at_a_time_replaces_no_file()
    {
        Put(0, "key1", "value");
        Export export = Start();
        Call(core => Assert.That(_node.Engine.BeginExport(core, 0, TransferPath.At("other")), Is.Null));
        Assert.That(_node.Until(() => export.IsOver), Is.True);
        Export second = Start();
        Assert.That(_node.Until(() => second.IsOver), Is.True);
        Assert.That(second.Failure, Does.Contain("exists already"));
        Assert.That(Read().Keys.Single(), Is.EqualTo("key1"));
    }

    [Test]
    public void A_shutdown_during_an_export_leaves_nothing_open()
    {
        for (int i = 0; i < Keys; i++) Put(0, $"key{i}", new string('a', 200));
        Export export = Start();
        _node.Until(() => export.Snapshot.IsReady);
        _node.Dispose();
        Assert.That(export.IsOver, Is.True);
        Assert.That(export.Failure, Is.Not.Null);
        Assert.That(_disk.Exists(File), Is.False);
        Open(2);
    }

    [Test]
    public void The_next_start_deletes_the_unfinished_file_of_an_export_that_a_crash_has_ended()
    {
        int left = 0;
        for (ulong seed = 1; seed <= 30; seed++)
        {
            _node.Close();
            Open(seed);
            for (int i = 0; i < Keys; i++) Put(0, $"key{i}", new string('a', 200));
            Export export = Start();
            _node.Until(() => export.IsOver || _disk.Exists(File + ExportFile.Suffix), 200);
            int turns = _seed.Below(3);
            _node.Until(() => export.IsOver, turns);
            SimDisk disk = _disk.AfterCrash(seed);
            _node.Close();
            _disk = disk;
            if (_disk.Exists(File + ExportFile.Suffix)) left++;
            bool isWhole = _disk.Exists(File);
            _node = new SimNode(_disk, _clock, _seed, PartitionModelTests.Options(1), SyncPolicy.EverySecond);
            string where = $"seed {seed}, {turns} turns";
            Assert.That(_disk.Exists(File + ExportFile.Suffix), Is.False, where);
            Assert.That(_disk.Exists("data/EXPORT"), Is.False, where);
            Assert.That(_disk.Exists(File), Is.EqualTo(isWhole), where);
        }

        TestContext.Out.WriteLine($"{left} unfinished files");
        Assert.That(left, Is.Positive);
    }

    private static int Place(ReadOnlySpan<byte> key) => key[^1] % 4;

    private void Open(ulong seed)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        _model.Clear();
        _seed = new SimSeed(seed);
        _clock = new SimClock();
        _disk = new SimDisk(seed, _clock);
        _node = new SimNode(_disk, _clock, _seed, PartitionModelTests.Options(1), SyncPolicy.EverySecond);
    }

    private Export Start()
    {
        Export? export = null;
        Call(core => export = _node.Engine.BeginExport(core, 0, TransferPath.At(File)));
        return export!;
    }

    private SimDiskFault Fault(Func<SimDiskOperation, bool> when)
    {
        SimDiskFault fault = new() { Kind = SimDiskFaultKind.Fail, When = when };
        _disk.Faults.Add(fault);
        return fault;
    }

    private string[] Files() => [.. _node.Engine.Partitions.SelectMany(each =>
        _disk.List(each.Files.Directory)
            .Where(name => name.EndsWith(".run")).Select(name => $"{each.Index}/{name}"))];

    private Dictionary<string, Entry> Read()
    {
        Dictionary<string, Entry> records = [];
        using LoadFileReader reader = new(_disk, TransferPath.At(File));
        while (reader.MoveNext())
        {
            records.Add(Encoding.ASCII.GetString(reader.Key),
                new Entry(Encoding.ASCII.GetString(reader.Value), (StringEncoding)reader.Encoding,
                    reader.ExpireAt));
        }

        return records;
    }

    private void Step()
    {
        int database = _seed.Below(4) == 0 ? 1 : 0;
        string key = $"key{_seed.Below(Keys):000}";
        int choice = _seed.Below(400);
        if (choice == 0) Flushed(database);
        else if (choice == 1) Removed(database, key, $"key{_seed.Below(Keys):000}");
        else if (choice == 2) Swapped();
        else if (choice < 60) Remove(database, key);
        else
        {
            long expireAt = _seed.Chance(0.1) ? _clock.UnixMilliseconds + 1 + _seed.Below(3000) : 0;
            string value = new((char)('a' + _seed.Below(26)), _seed.Below(_seed.Chance(0.2) ? 3000 : 40));
            Put(database, key, value, (StringEncoding)_seed.Below(3), expireAt);
        }

        _clock.Advance(_seed.Below(3000));
        if (_seed.Chance(0.3)) _node.TickAndTurn(0);
    }

    private void Flushed(int database)
    {
        Call(core => Flush(core, database));
        foreach ((int Database, string) key in _model.Keys.Where(each => each.Database == database).ToArray())
            _model.Remove(key);
    }

    private void Flush(CoreStorage core, int database)
    {
        foreach (Partition partition in _node.Engine.Partitions) partition.Flush(core, database);
    }

    private void Swapped()
    {
        Call(core =>
        {
            foreach (Partition partition in _node.Engine.Partitions) partition.SwapDatabases(core, 0, 1);
        });
        var entries = _model.ToArray();
        _model.Clear();
        foreach (((int database, string key), Entry entry) in entries) _model[(1 - database, key)] = entry;
    }

    private void Removed(int database, string from, string to)
    {
        byte[] first = Encoding.ASCII.GetBytes(from);
        byte[] end = Encoding.ASCII.GetBytes(to);
        Call(core =>
        {
            foreach (Partition partition in _node.Engine.Partitions)
                partition.RemoveRange(core, database, first, end);
        });
        foreach ((int Database, string Key) each in _model.Keys.ToArray())
        {
            bool isCovered = string.CompareOrdinal(each.Key, from) >= 0
                && string.CompareOrdinal(each.Key, to) < 0;
            if (each.Database == database && isCovered) _model.Remove(each);
        }
    }

    private void Remove(int database, string key)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        Partition partition = _node.Engine.Partitions[Place(bytes)];
        _node.Run(0, core =>
        {
            ulong hash = partition.Hash(database, bytes);
            if (!partition.TryFind(core, database, bytes, hash, true, out Record record)) return false;
            if (record.Exists) partition.Remove(core, database, bytes, hash);
            return true;
        });
        _model.Remove((database, key));
    }

    private void Put(int database, string key, string value, StringEncoding encoding = default,
        long expireAt = 0)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        Partition partition = _node.Engine.Partitions[Place(bytes)];
        Call(core => partition.Put(core, database, bytes, partition.Hash(database, bytes), RecordType.String,
            encoding, Encoding.ASCII.GetBytes(value), expireAt));
        _model[(database, key)] = new Entry(value, encoding, expireAt);
    }

    private void Call(Action<CoreStorage> command) => _node.Run(0, core =>
    {
        command(core);
        return true;
    });
}
