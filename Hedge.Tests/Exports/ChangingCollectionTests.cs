using System.Text;
using Hedge.Storage.Compactions;
using Hedge.Storage.Exports;
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

namespace Hedge.Tests.Exports;

/// <summary>Exports of sets that change meanwhile, and loads of them, with crashes, on a simulated
/// disk.</summary>
[Category("sim")]
internal sealed class ChangingCollectionTests
{
    private const string Path = "export";
    private const int Sets = 24;

    private readonly Dictionary<string, HashSet<string>> _model = [];
    private readonly OpenCollections _collections = new();
    private SimSeed _seed = new(1);
    private SimClock _clock = new();
    private SimDisk _disk = null!;
    private SimNode _node = null!;

    [Test]
    public void An_export_has_sets_as_they_were_and_a_load_replaces_what_they_became()
    {
        int during = 0;
        for (ulong seed = 1; seed <= 5; seed++)
        {
            Begin(seed);
            for (int i = 0; i < 4000; i++) Step();
            if (seed % 2 == 0) Settle();
            Dictionary<string, HashSet<string>> expected = _model.ToDictionary(
                each => each.Key, each => each.Value.ToHashSet());
            Export? export = null;
            _node.Run(0, core =>
            {
                export = _node.Engine.BeginExport(core, 0, TransferPath.At(Path));
                return true;
            });
            for (; !export!.IsOver; during++) Step();
            Assert.That(export.Failure, Is.Null, $"seed {seed}");
            Assert.That(export.Records, Is.EqualTo(expected.Count));
            BulkLoad load = _node.Engine.BeginLoad(0, TransferPath.At(Path), Place)!;
            Assert.That(_node.Until(() => load.IsOver));
            Assert.That(load.Failure, Is.Null, $"seed {seed}");
            foreach ((string key, HashSet<string> members) in expected) _model[key] = members;
            Check($"seed {seed}");
            Merge();
            Check($"seed {seed}, merged");
            for (int i = 0; i < 500; i++) Step();
            _node.Close();
            Open();
            Check($"seed {seed}, restarted");
            _node.Close();
        }

        Assert.That(during, Is.GreaterThan(100), "changes went on");
    }

    [Test]
    public void A_crash_leaves_each_partition_with_all_of_its_sets_or_none()
    {
        Begin(3);
        for (int i = 0; i < 3000; i++) Step();
        Export? export = null;
        _node.Run(0, core =>
        {
            export = _node.Engine.BeginExport(core, 0, TransferPath.At(Path));
            return true;
        });
        Assert.That(_node.Until(() => export!.IsOver));
        Dictionary<string, HashSet<string>> loaded = _model.ToDictionary(
            each => each.Key, each => each.Value.ToHashSet());
        for (int i = 0; i < 2000; i++) Step();
        Settle();
        int whole = 0;
        for (int i = 0; i < 40 && whole < 4; i++)
        {
            BulkLoad load = _node.Engine.BeginLoad(0, TransferPath.At(Path), Place)!;
            _node.Until(() => load.IsOver, _seed.Below(60));
            _node.Abandon();
            _disk.Crash();
            Open();
            whole = 0;
            for (int p = 0; p < 4; p++)
            {
                string[] keys = [.. loaded.Keys.Where(key => PlaceOf(key) == p)];
                bool isLoaded = keys.All(key => Members(key).SetEquals(loaded[key]));
                if (isLoaded) foreach (string key in keys) _model[key] = loaded[key];
                if (isLoaded) whole++;
            }

            Check($"crash {i}");
        }

        Assert.That(whole, Is.EqualTo(4), "some load comes to its end");
        Merge();
        Check("merged");
        _node.Close();
    }

    private static int PlaceOf(string key) => Place(Encoding.ASCII.GetBytes(key));

    private static int Place(ReadOnlySpan<byte> key) => key[^1] % 4;

    private void Begin(ulong seed)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        _model.Clear();
        _seed = new SimSeed(seed);
        _clock = new SimClock();
        _disk = new SimDisk(seed, _clock);
        Open();
    }

    private void Open() => _node = new SimNode(_disk, _clock, _seed,
        PartitionModelTests.Options(1, nodeBytes: 64), SyncPolicy.Always);

    private void Settle()
    {
        foreach (Partition partition in _node.Engine.Partitions) Assert.That(_node.Settle(partition));
    }

    // All runs into one: nodes stay that a root has, and no others.
    private void Merge()
    {
        Settle();
        foreach (Partition partition in _node.Engine.Partitions)
        {
            Assert.That(partition.Compactor.TryMerge(_node.Cores[0], new RunRange(0, partition.RunCount)));
            Assert.That(_node.Until(() => partition.Compactor.IsIdle));
            uint nodes = partition.Keyspaces.IdOf(0) | Keyspaces.NodeBit;
            Assert.That(partition.Keyspaces.Nodes(0), Is.EqualTo(partition.Runs.EntriesOf(nodes)));
        }
    }

    private void Check(string where)
    {
        for (int i = 0; i < Sets; i++)
        {
            string key = $"set{i}";
            HashSet<string> expected = _model.TryGetValue(key, out HashSet<string>? members) ? members : [];
            Assert.That(Members(key), Is.EquivalentTo(expected), $"{key}, {where}");
        }

        long count = 0;
        foreach (Partition partition in _node.Engine.Partitions)
        {
            long one = 0;
            _node.Run(0, core => partition.TryCount(core, 0, out one));
            count += one;
        }

        Assert.That(count, Is.EqualTo(_model.Count), where);
    }

    private void Step()
    {
        string key = $"set{_seed.Below(Sets)}";
        string member = $"member{_seed.Below(Sets * 40 / (1 + (key[^1] % 5)))}";
        int choice = _seed.Below(300);
        if (choice == 0) Remove(key);
        else Change(key, member, isAdded: choice < 200);
        if (_seed.Chance(0.2)) _node.TickAndTurn(0);
        _clock.Advance(500);
    }

    private void Remove(string key)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        Partition partition = _node.Engine.Partitions[Place(bytes)];
        ulong hash = partition.Hash(0, bytes);
        _node.Run(0, core =>
        {
            if (!partition.TryFind(core, 0, bytes, hash, true, out Record record)) return false;
            if (record.Exists) partition.Remove(core, 0, bytes, hash);
            return true;
        });
        _model.Remove(key);
    }

    private void Change(string key, string member, bool isAdded)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(member);
        On(key, set =>
        {
            if (isAdded)
            {
                if (!set.TryAdd(bytes, out _)) return false;
                // Not integers.
                if (set.Collection.Encoding == 0) set.Collection.Encoding = 1;
                return true;
            }

            if (!set.TryFind(bytes, out bool isThere)) return false;
            if (isThere) set.Remove(bytes);
            return true;
        });
        if (!_model.TryGetValue(key, out HashSet<string>? members)) _model[key] = members = [];
        if (isAdded) members.Add(member);
        else members.Remove(member);
        if (members.Count == 0) _model.Remove(key);
    }

    private HashSet<string> Members(string key)
    {
        HashSet<string> members = [];
        On(key, set =>
        {
            members.Clear();
            if (!set.TryRead(0, set.Count)) return false;
            for (long i = 0; i < set.Count; i++)
            {
                if (!set.TryAt(i, out ReadOnlySpan<byte> member)) return false;
                members.Add(Encoding.ASCII.GetString(member));
                // It can be found by its hash.
                if (!set.TryFind(member.ToArray(), out bool isThere)) return false;
                Assert.That(isThere);
            }

            return true;
        });
        return members;
    }

    private void On(string key, Func<StoredSet, bool> action)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(key);
        Partition partition = _node.Engine.Partitions[Place(bytes)];
        ulong hash = partition.Hash(0, bytes);
        _node.Run(0, core =>
        {
            _collections.Reset();
            if (!partition.TryFind(core, 0, bytes, hash, true, out Record record)) return false;
            return action(new StoredSet(
                _collections.Open(partition, core, 0, bytes, hash, record, RecordType.Set)));
        });
    }
}
