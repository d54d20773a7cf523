using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Loads;
using Hedge.Storage.Logs;
using Hedge.Storage.Lookups;
using Hedge.Storage.Manifests;
using Hedge.Storage.Pages;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Counts;

/// <summary>The number of keys after blind writes, with tiny memtables, many runs, and everything else that
/// happens to counts at the same time.</summary>
public sealed class CountModelTests
{
    private const int Databases = 3;
    private const int Keys = 250;

    private readonly Dictionary<string, long>[] _model = [.. Enumerable.Range(0, Databases)
        .Select(_ => new Dictionary<string, long>())];

    private SimClock _clock = new();
    private SimSeed _seed = new(1);
    private SimDisk _disk = new(1);
    private SimNode? _node;
    private int _countsPerMille;
    private PartitionManifest? _checked;
    private long _manifests;
    private long _counts;
    private long _walks;
    private long _exact;
    private long _ranges;
    private long _loads;

    private Partition Partition => _node!.Engine.Partitions[0];

    [Category("fast")]
    [TestCase(1UL)]
    [TestCase(2UL)]
    [TestCase(3UL)]
    [TestCase(4UL)]
    [TestCase(5UL)]
    [TestCase(6UL)]
    public void The_number_of_keys_is_exact_whenever_it_is_asked_for(ulong seed)
    {
        long pages = PageBuffer.LiveBytes;
        for (ulong i = 0; i < 5; i++) Live(seed * 10 + i);
        TestContext.Out.WriteLine($"{_counts} counts, {_walks} of them walked, {_exact} steps exact, "
            + $"{_manifests} manifests, {_ranges} runs in them with range tombstones");
        Assert.That(_walks, Is.GreaterThan(10));
        Assert.That(_exact, Is.GreaterThan(10));
        Assert.That(_manifests, Is.GreaterThan(100));
        Assert.That(_ranges, Is.GreaterThan(100));
        Assert.That(_loads, Is.GreaterThan(5));
        Assert.That(PageBuffer.LiveBytes, Is.EqualTo(pages));
    }

    [Category("sim")]
    [Test]
    public void The_number_of_keys_is_exact_with_many_seeds()
    {
        for (ulong seed = 100; seed < 300; seed++)
        {
            ulong number = seed;
            Seeded.Run(number, () => Live(number));
        }
    }

    private void Live(ulong number)
    {
        foreach (Dictionary<string, long> database in _model) database.Clear();
        _seed = new SimSeed(number);
        _clock = new SimClock();
        SimSeed latencies = _seed.Split();
        _disk = new SimDisk(_seed.Next(), _clock) { Reorders = true, Latency = _ => latencies.Below(3000) };
        for (int life = 0; life < 4; life++)
        {
            _node = Open();
            Check(All);
            if (life == 0) Prefill();
            _node.JobChance = _seed.Chance(0.5) ? 0.7 : 0.05;
            _countsPerMille = _seed.Chance(0.5) ? 30 : 3;
            for (int step = 0; step < 1500; step++)
            {
                Operation();
                Turns();
                CheckWhenExact();
            }

            _node.JobChance = 0.7;
            if (_seed.Chance(0.5)) Check(All);
            End();
        }

        _node = Open();
        Check(All);
        _node.Close();
    }

    // A large oldest run, which merges of small ones do not reach.
    private void Prefill()
    {
        for (int i = 0; i < Keys; i += 2)
        {
            string name = $"key{i}";
            Do(name, 0, (core, key, hash) => Partition.Put(core, 0, key, hash, RecordType.String,
                StringEncoding.Derived, new byte[4000], 0));
            _model[0][name] = 0;
            _node!.Until(() => Partition.WritePressure < 0.9);
        }

        _node!.Until(() => Partition.Flusher.IsIdle && Partition.Compactor.IsIdle);
    }

    private static IEnumerable<int> All => Enumerable.Range(0, Databases);

    private SimNode Open() => new(_disk, _clock, _seed, new EngineOptions
    {
        Directory = "data",
        Partitions = 1,
        Databases = Databases,
        CacheBytes = 1 << 20,
        BlockCacheBytes = 1 << 20,
        MemtableBytes = 3000,
        Compression = SimCompression.Pick(_seed),
        CompressionUpper = SimCompression.Pick(_seed),
        QuietChanges = _seed.Chance(0.7) ? long.MaxValue : 0,
        Log = new LogSettings { SegmentBytes = 64 * 1024 },
        Compaction = new CompactionOptions
        {
            RunsMin = 2 + _seed.Below(4),
            CleanRunsMin = 2 + _seed.Below(4),
            SmallBytes = 1,
        },
    }, SyncPolicy.Always);

    // An orderly end, or a power failure when the log is durable, whatever else is under way.
    private void End()
    {
        if (_seed.Chance(0.4))
        {
            _node!.Close();
            return;
        }

        CoreStorage core = _node!.Cores[0];
        core.EndCommand();
        // A read under way is never ended by a power failure, and would seem to leak.
        while (core.Log.Synced < core.Log.Appended || core.Blocks.Cache.InFlight > 0)
        {
            _clock.Advance(1000);
            _node.Turn(0);
        }

        _node.Abandon();
        _disk.Crash();
    }

    private void Turns()
    {
        if (_seed.Chance(0.02)) _clock.Advance(600_000);
        for (int turns = _seed.Below(4); turns > 0; turns--)
        {
            _clock.Advance(_seed.Below(3000));
            if (_seed.Chance(0.5)) _node!.TickAndTurn(0);
            else _node!.Turn(0);
            CheckManifest();
        }
    }

    private void Operation()
    {
        int database = _seed.Chance(0.7) ? 0 : _seed.Below(Databases);
        string name = $"key{_seed.Below(Keys)}";
        Dictionary<string, long> model = _model[database];
        int kind = _seed.Below(1000);
        if (kind < 450)
        {
            long expireAt = _seed.Chance(0.25) ? _clock.UnixMilliseconds + 1_000_000_000 : 0;
            Do(name, database, (core, key, hash) => Partition.Put(core, database, key, hash,
                RecordType.String, StringEncoding.Derived, new byte[_seed.Below(60)], expireAt));
            model[name] = expireAt;
        }
        else if (kind < 600)
        {
            Do(name, database, (core, key, hash) => Partition.Remove(core, database, key, hash));
            model.Remove(name);
        }
        else if (kind < 700) AfterLookup(name, database, kind);
        else if (kind < 800)
        {
            Partition.Reclaimer.DropAll();
            if (kind < 760) _node!.Cores[0].Blocks.Cache.Clear();
        }
        else if (kind < 804)
        {
            Do(name, database, (core, _, _) => Partition.Flush(core, database));
            model.Clear();
        }
        else if (kind < 812)
        {
            int other = _seed.Below(Databases);
            Do(name, database, (core, _, _) => Partition.SwapDatabases(core, database, other));
            (_model[database], _model[other]) = (_model[other], _model[database]);
        }
        else if (kind < 812 + _countsPerMille) Check([database]);
        else if (kind < 812 + 2 * _countsPerMille) AbandonCount(database);
        else if (kind >= 985) RemoveRange(database);
        else if (kind >= 982) Load(database);
    }

    private void Load(int database)
    {
        using MemoryStream stream = new();
        LoadFileWriter writer = new(stream);
        long expireAt = _clock.UnixMilliseconds + 1_000_000_000;
        double chance = _seed.Below(100) / 100.0;
        string[] names = [.. Enumerable.Range(0, Keys).Select(i => $"key{i}")
            .Where(_ => _seed.Chance(chance))];
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            long expires = _seed.Chance(0.2) ? expireAt : 0;
            writer.Add(Workload.Bytes(name), new byte[_seed.Below(60)], expires);
            _model[database][name] = expires;
        }

        writer.Finish();
        if (_disk.Exists("load")) _disk.Delete("load");
        using (DiskFile file = _disk.Open("load", DiskOpenMode.Create))
            _disk.Write(file, 0, stream.ToArray());
        BulkLoad load = _node!.Engine.BeginLoad(database, TransferPath.At("load"), _ => 0)!;
        Assert.That(_node.Until(() => load.IsOver), Is.True);
        Assert.That(load.Failure, Is.Null);
        _loads++;
    }

    private void RemoveRange(int database)
    {
        string from = $"key{_seed.Below(Keys)}";
        string to = _seed.Chance(0.1) ? "" : $"key{_seed.Below(Keys)}";
        if (_seed.Chance(0.5) && to.Length > 0) to = from + (char)('0' + _seed.Below(10));
        Do(from, database, (core, first, _) =>
            Partition.RemoveRange(core, database, first, Workload.Bytes(to)));
        foreach (string name in _model[database].Keys.ToArray())
            if (Workload.IsBetween(name, from, to)) _model[database].Remove(name);
    }

    private void AfterLookup(string name, int database, int kind)
    {
        Dictionary<string, long> model = _model[database];
        long expireAt = _seed.Chance(0.5) ? _clock.UnixMilliseconds + 1_000_000_000 : 0;
        _node!.Run(0, core =>
        {
            byte[] key = Workload.Bytes(name);
            ulong hash = Partition.Hash(database, key);
            if (!Partition.TryFind(core, database, key, hash, true, out Record record)) return false;
            Assert.That(record.Exists, Is.EqualTo(model.ContainsKey(name)), name);
            if (kind < 650)
            {
                Partition.WriteRange(core, database, key, hash, 3, "abc"u8);
                model.TryAdd(name, 0);
            }
            else if (record.Exists)
            {
                Partition.SetExpiry(core, database, key, hash, expireAt);
                model[name] = expireAt;
            }

            return true;
        });
    }

    private void Do(string name, int database, Action<CoreStorage, byte[], ulong> action) =>
        _node!.Run(0, core =>
        {
            byte[] key = Workload.Bytes(name);
            action(core, key, Partition.Hash(database, key));
            return true;
        });

    // As when the client that asked has gone: what it began stays where it was.
    private void AbandonCount(int database)
    {
        CoreStorage core = _node!.Cores[0];
        Waiter waiter = new();
        for (int attempts = _seed.Below(4); attempts >= 0; attempts--)
        {
            if (Partition.TryCount(core, database, out _)) CheckCounts(database);
            core.EndCommand();
            waiter.IsReady = false;
            if (!core.FetchMisses(waiter)) break;
            while (!waiter.IsReady)
            {
                _clock.Advance(1000);
                _node.Turn(0);
            }
        }

        core.ForgetMisses();
        waiter.ReleaseBlocks();
    }

    private void Check(IEnumerable<int> databases)
    {
        foreach (int database in databases)
        {
            long restarts = _node!.Restarts;
            long count = -1;
            _node.Run(0, core => Partition.TryCount(core, database, out count));
            Assert.That(count, Is.EqualTo(_model[database].Count), $"database {database}");
            CheckCounts(database);
            _counts++;
            if (_node.Restarts > restarts) _walks++;
        }
    }

    private void CheckWhenExact()
    {
        if (Partition.Counts.Unresolved > 0) return;
        _exact++;
        foreach (int database in All) CheckCounts(database);
    }

    private void CheckCounts(int database)
    {
        Assert.That(Partition.Keyspaces.Keys(database), Is.EqualTo(_model[database].Count), $"db {database}");
        int expires = _model[database].Values.Count(expireAt => expireAt != 0);
        Assert.That(Partition.Keyspaces.Expires(database), Is.EqualTo(expires), $"expires of db {database}");
    }

    // Of every manifest: its numbers, corrected by what the unresolved entries of its runs replaced, are what
    // its runs hold.
    private void CheckManifest()
    {
        PartitionManifest manifest = Partition.Files.Manifest;
        if (ReferenceEquals(manifest, _checked)) return;
        _checked = manifest;
        _manifests++;
        Dictionary<string, (RunEntryKind Kind, bool Expires)> newest = [];
        CountSums actual = new();
        CountSums told = new();
        Run[] runs = Partition.Runs.Newest.ToArray();
        for (int i = runs.Length - 1; i >= 0; i--)
        {
            Assert.That(manifest.Runs[i].FileNumber, Is.EqualTo(runs[i].Id.FileNumber));
            CheckRanges(runs[i], manifest.Runs[i].IsCounted, newest, told, actual);
            using RunScanner scanner = new(_disk, runs[i]);
            while (scanner.MoveNext() == CursorState.Ready)
            {
                RunEntry entry = scanner.Current;
                uint keyspace = InternalKey.Keyspace(entry.Key);
                if (keyspace == InternalKey.ExpiryKeyspace) continue;
                string key = Convert.ToHexString(entry.Key);
                (RunEntryKind kind, bool expired) =
                    newest.GetValueOrDefault(key, (RunEntryKind.Tombstone, false));
                bool existed = kind == RunEntryKind.Put;
                if (entry.IsUnresolved && !manifest.Runs[i].IsCounted)
                    told.Replaced(keyspace, existed, expired);
                bool exists = entry.Kind == RunEntryKind.Put;
                bool expires = entry.ExpireAt != 0;
                actual.Add(keyspace, (exists ? 1 : 0) - (existed ? 1 : 0),
                    (expires ? 1 : 0) - (expired ? 1 : 0));
                newest[key] = (entry.Kind, expires);
            }
        }

        foreach (KeyspaceKeys keys in manifest.Keys) told.Add(keys.Keyspace, keys.Keys, keys.Expires);
        foreach (uint keyspace in manifest.Databases)
            Assert.That(Of(told, keyspace), Is.EqualTo(Of(actual, keyspace)), "in the manifest");
    }

    // What a run's range tombstones remove: keys with an entry in the run itself are not theirs to count.
    private void CheckRanges(Run run, bool isCounted,
        Dictionary<string, (RunEntryKind Kind, bool Expires)> newest, CountSums told, CountSums actual)
    {
        if (run.Info.Ranges.IsEmpty) return;
        _ranges++;
        HashSet<string> own = [];
        using RunScanner scanner = new(_disk, run);
        while (scanner.MoveNext() == CursorState.Ready) own.Add(Convert.ToHexString(scanner.Key));
        foreach ((string name, (RunEntryKind kind, bool expires)) in newest.ToArray())
        {
            byte[] key = Convert.FromHexString(name);
            if (own.Contains(name) || !run.Info.Ranges.Covered.Covers(key)) continue;
            newest[name] = (RunEntryKind.Tombstone, false);
            if (kind != RunEntryKind.Put) continue;
            actual.Add(InternalKey.Keyspace(key), -1, expires ? -1 : 0);
            if (run.Info.Ranges.Uncounted.Covers(key) && !isCounted)
                told.Add(InternalKey.Keyspace(key), -1, expires ? -1 : 0);
        }
    }

    private static (long Keys, long Expires) Of(CountSums sums, uint keyspace)
    {
        CountCorrection sum = sums.All.FirstOrDefault(sum => sum.Keyspace == keyspace);
        return (sum.Keys, sum.Expires);
    }

    private sealed class Waiter : MissWaiter
    {
        public bool IsReady { get; set; }

        protected override void Ready() => IsReady = true;
    }
}
