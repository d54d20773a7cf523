using Hedge.Storage;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Replays;
using Hedge.Tests.Logs;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Replays;

[TestFixture]
[Category("fast")]
public sealed class LogReaderTests
{
    private const string First = "data/log/0-1.log";
    private const int HeaderBytes = 64;

    [Test]
    public void A_log_cut_at_any_byte_of_its_last_records_ends_before_the_cut_record()
    {
        SimDisk disk = Written(5, out List<long> ends);
        int length = disk.Peek(First).Length;
        for (long cut = HeaderBytes; cut <= ends[^1]; cut++)
        {
            SimDisk torn = disk.Fork(1);
            torn.Poke(First, cut, new byte[length - cut]);
            List<string> read = LogRig.ReadBack(torn, out LogEnd end);
            int whole = ends.Count(e => e <= cut);
            // A record that ends in zeros is whole although its last bytes were cut.
            Assert.That(read, Has.Count.EqualTo(whole).Or.Count.EqualTo(whole + 1), $"cut at {cut}");
            if (read.Count == whole)
                Assert.That(end.Offset, Is.EqualTo(whole == 0 ? HeaderBytes : ends[whole - 1]));
            using DiskFile file = torn.Open(First, DiskOpenMode.ReadWrite);
            torn.Truncate(file, cut);
            Assert.That(LogRig.ReadBack(torn, out _), Has.Count.EqualTo(whole), $"truncated at {cut}");
        }
    }

    [Test]
    public void A_hole_in_what_was_never_synced_is_a_torn_tail_even_when_later_records_survived()
    {
        SimDisk disk = Written(6, out List<long> ends);
        disk.Poke(First, ends[2] + 20, "damage"u8);
        List<string> read = LogRig.ReadBack(disk, out LogEnd end);
        Assert.That(read, Has.Count.EqualTo(3));
        Assert.That(end.DroppedBytes, Is.EqualTo(ends[^1] - ends[2]));
    }

    [Test]
    public void Damage_below_what_a_later_record_knows_to_be_synced_is_corruption()
    {
        using LogRig rig = new(1, SyncPolicy.Always, new LogSettings { SegmentBytes = 1 << 16 });
        for (int i = 0; i < 4; i++)
        {
            rig.Put($"key{i}", "value");
            rig.Settle();
        }

        List<long> ends = [.. rig.Committed.Select(record => record.End.Value + HeaderBytes)];
        SimDisk disk = rig.Disk.Fork(1);
        disk.Poke(First, ends[1] + 25, "damage"u8);
        LogException? error = Assert.Throws<LogException>(() => LogRig.ReadBack(disk, out _));
        Assert.That(
            (error!.Problem, error.Path, error.Offset), Is.EqualTo((LogProblem.Corrupt, First, ends[1])));

        disk = rig.Disk.Fork(1);
        disk.Poke(First, ends[2] + 25, "damage"u8);
        Assert.That(
            LogRig.ReadBack(disk, out _), Has.Count.EqualTo(3), "nothing says that the last one was synced");
    }

    [Test]
    public void An_idle_log_notes_what_is_synced_so_that_damage_to_its_last_record_is_corruption()
    {
        using LogRig rig = new(1, SyncPolicy.Always, new LogSettings { SegmentBytes = 1 << 16 });
        LogPosition end = rig.Put("key", "value");
        rig.Turn();
        rig.Disk.CompleteNext();
        rig.Turn();
        Assert.That(rig.Log.NextTurnMicroseconds, Is.EqualTo(rig.Clock.MonotonicMicroseconds + 1_000_000));
        rig.Clock.Advance(1_000_000);
        rig.Turn();
        Assert.That(rig.Log.Appended, Is.GreaterThan(end));
        rig.Settle();
        LogPosition marked = rig.Log.Appended;
        rig.Clock.Advance(10_000_000);
        rig.Turn();
        Assert.That(rig.Log.Appended, Is.EqualTo(marked), "one note is enough");
        Assert.That(LogRig.ReadBack(rig.Disk.Fork(1), out _), Has.Count.EqualTo(1));
        rig.Disk.Poke(First, HeaderBytes + 20, "bad"u8);
        Assert.That(() => LogRig.ReadBack(rig.Disk, out _), Throws.TypeOf<LogException>());
    }

    [Test]
    public void Damage_in_an_earlier_segment_and_missing_segments_are_reported_by_name()
    {
        using LogRig rig = new(1, SyncPolicy.EverySecond);
        for (int i = 0; i < 200; i++)
        {
            rig.Put($"key{i}", new string('x', 100));
            if (i % 5 == 0) rig.Settle();
        }

        rig.Close();
        string[] names = [.. rig.Disk.List("data/log")];
        Assert.That(names, Has.Length.GreaterThan(4));
        SimDisk disk = rig.Disk.Fork(1);
        disk.Poke("data/log/0-2.log", 1000, "damage"u8);
        LogException? damaged = Assert.Throws<LogException>(() => LogRig.ReadBack(disk, out _));
        Assert.That((damaged!.Problem, damaged.Path), Is.EqualTo((LogProblem.Corrupt, "data/log/0-2.log")));

        disk = rig.Disk.Fork(1);
        disk.Delete("data/log/0-3.log");
        LogException? missing = Assert.Throws<LogException>(() => LogRig.ReadBack(disk, out _));
        Assert.That(missing!.Problem, Is.EqualTo(LogProblem.MissingSegment));
        Assert.That(missing.Message, Does.Contain("data/log/0-2.log").And.Contain("number 3"));

        disk = rig.Disk.Fork(1);
        for (int i = 3; i <= names.Length; i++)
            if (disk.Exists($"data/log/0-{i}.log")) disk.Delete($"data/log/0-{i}.log");
        Assert.That(() => LogRig.ReadBack(disk, out _), Throws.TypeOf<LogException>());
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(9)]
    public void A_segment_of_another_version_is_refused_by_name(byte version)
    {
        SimDisk disk = Written(1, out _);
        byte[] header = disk.Peek(First)[..HeaderBytes].ToArray();
        header[8] = version;
        BitConverter.TryWriteBytes(header.AsSpan(60), Crc32C.Compute(header.AsSpan(0, 60)));
        disk.Poke(First, 0, header);
        LogException? error = Assert.Throws<LogException>(() => LogRig.ReadBack(disk, out _));
        Assert.That(error!.Problem, Is.EqualTo(LogProblem.UnknownVersion));
        Assert.That(error.Message, Does.Contain(First).And.Contain($"version {version};"));
    }

    [Test]
    public void Every_flipped_bit_of_a_closed_log_is_found()
    {
        int flips = 0;
        for (ulong seed = 1; flips < 30_000; seed++)
        {
            using LogRig rig = new(seed, SyncPolicy.EverySecond);
            for (int i = 0; i < 20; i++)
            {
                rig.CommitRandom(100);
                if (i % 5 == 0) rig.Settle();
            }

            rig.Close();
            SimDisk disk = rig.Disk.Fork(1);
            string last = LogCatalog.Open(disk, "data").Cores[0]
                .Last(file => disk.Peek(file.Path).Span[HeaderBytes..].ContainsAnyExcept((byte)0)).Path;
            LogRig.ReadBack(disk, out LogEnd end);
            Assert.That(end.Path, Is.EqualTo(last));
            foreach (LogSegmentFile file in LogCatalog.Open(disk, "data").Cores[0])
            {
                long used = file.Path == last
                    ? end.Offset : disk.Peek(file.Path).Span.LastIndexOfAnyExcept((byte)0) + 1;
                if (used == HeaderBytes) continue;
                // Without its closing seal a log is one that was not closed: nothing is lost,
                // and nothing said.
                long sealStart = file.Path == last ? used - 18 : long.MaxValue;
                for (long bit = 0; bit < used * 8; bit += 3)
                {
                    if (bit / 8 >= sealStart) break;
                    disk.FlipBit(file.Path, bit);
                    Assert.That(
                        () => LogRig.ReadBack(disk, out _), Throws.TypeOf<LogException>(),
                        $"seed {seed}, {file.Path} bit {bit}");
                    disk.FlipBit(file.Path, bit);
                    flips++;
                }
            }
        }

        Figures.Count("flips-log", ("flips", flips), ("wrong", 0));
    }

    [Test]
    public void A_flipped_bit_in_an_open_log_never_changes_or_invents_a_record()
    {
        SimSeed chance = new(3);
        using LogRig rig = new(3, SyncPolicy.No, new LogSettings { SegmentBytes = 1 << 16 });
        for (int i = 0; i < 40; i++) rig.CommitRandom(100);
        rig.Settle();
        SimDisk disk = rig.Disk.Fork(1);
        List<string> committed = [.. rig.Committed.Select(record => record.Text)];
        for (int i = 0; i < 5000; i++)
        {
            long bit = (HeaderBytes * 8) + chance.Below(rig.Log.Appended.Value * 8);
            disk.FlipBit(First, bit);
            List<string> read = LogRig.ReadBack(disk, out _);
            Assert.That(read, Is.EqualTo(committed.Take(read.Count)));
            Assert.That(read, Has.Count.LessThan(committed.Count), $"bit {bit}");
            disk.FlipBit(First, bit);
        }
    }

    [Test]
    public void Leftovers_of_preparing_and_retiring_are_not_read_and_go_with_the_old_logs()
    {
        SimDisk disk = Written(3, out _);
        disk.Open("data/log/0-9.new", DiskOpenMode.Create).Dispose();
        disk.Open("data/log/0-8.old", DiskOpenMode.Create).Dispose();
        Assert.That(LogRig.ReadBack(disk, out _), Has.Count.EqualTo(3));
        LogCatalog catalog = LogCatalog.Open(disk, "data");
        Assert.That(catalog.NextNumber, Is.GreaterThan(1ul));
        catalog.DeleteAll(disk);
        Assert.That(disk.AfterCrash(1).List("data/log"), Is.Empty);
    }

    [Test]
    public void Logs_of_several_cores_are_replayed_in_the_order_of_each_partition()
    {
        for (ulong number = 0; number < 100; number++)
        {
            SimSeed seed = new(number);
            SimDisk disk = new(number);
            disk.CreateDirectory("data");
            _ = LogCatalog.Open(disk, "data");
            LogSettings settings = new() { SegmentBytes = 4096 };
            LogWriter[] logs = new LogWriter[3];
            LogSegmentPool[] pools = new LogSegmentPool[3];
            for (int core = 0; core < 3; core++)
            {
                pools[core] = new LogSegmentPool(disk, seed, "data", core, 1, 4, settings);
                logs[core] = new LogWriter(
                    core, pools[core], disk.CreateQueue(), new LogPositions(3), settings, SyncPolicy.Always,
                    null, null);
            }

            List<string>[] done = [[], [], [], []];
            for (int i = 0; i < 200; i++) Commit(logs[seed.Below(3)], seed, done);
            foreach (LogWriter log in logs) log.BeginClose();
            for (int i = 0; i < 100; i++)
            {
                foreach (LogWriter log in logs) log.Turn(0);
                while (disk.CompleteNext())
                {
                }
            }

            LogCatalog catalog = LogCatalog.Open(disk, "data");
            ulong[] flushed = [0, (ulong)done[1].Count / 2, 3, 0];
            List<LogEnd> ends = [];
            LogRecoveryPlan plan = LogReplay.Plan(disk, catalog, flushed, ends);
            Assert.That(ends.All(end => end.IsSealed));
            Target target = new();
            long applied = LogReplay.Apply(disk, catalog, plan, target);
            Assert.That(applied, Is.EqualTo(done.Sum(list => list.Count) - flushed.Sum(f => (long)f)));
            for (int p = 0; p < 4; p++)
                Assert.That(target.Done[p], Is.EqualTo(done[p].Skip((int)flushed[p])), $"seed {number}");
            foreach (LogWriter log in logs) log.Dispose();
        }
    }

    [Test]
    public void A_crash_while_the_old_logs_are_deleted_leaves_logs_that_can_be_read_again()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using LogRig rig = new(seed, SyncPolicy.Always);
            for (int i = 0; i < 40; i++)
            {
                rig.CommitRandom();
                rig.Settle();
            }

            List<string> committed = [.. rig.Committed.Select(record => record.Text)];
            for (long crashAt = 1; ; crashAt++)
            {
                SimDisk disk = rig.Disk.Fork(seed + (ulong)crashAt);
                disk.CrashAt = crashAt;
                bool crashed = false;
                try
                {
                    LogCatalog.Open(disk, "data").DeleteAll(disk);
                }
                catch (SimCrashException)
                {
                    crashed = true;
                }

                disk.Crash();
                List<string> read = LogRig.ReadBack(disk, out _);
                Assert.That(
                    read, Is.EqualTo(committed.TakeLast(read.Count)), $"seed {seed}, crash {crashAt}");
                if (!crashed) break;
            }
        }
    }

    [Test]
    public void Segments_and_manifests_work_on_the_real_file_system()
    {
        string root = Directory.CreateTempSubdirectory("hedge-").FullName;
        try
        {
            PosixDisk disk = new();
            using (DataDirectory data = DataDirectory.Open(disk, new SimSeed(1), $"{root}/data", 4, 16))
            {
                Assert.That(
                    () => DataDirectory.Open(disk, new SimSeed(1), $"{root}/data", 4, 16),
                    Throws.TypeOf<ManifestException>().With.Property("Problem").EqualTo(
                        ManifestProblem.InUse));
                LogCatalog catalog = LogCatalog.Open(disk, data.Path);
                LogSegmentPool pool = new(
                    disk, new SimSeed(2), data.Path, 0, catalog.NextNumber, data.Partitions,
                    new LogSettings { SegmentBytes = 8192 });
                Assert.That(pool.Step());
                Assert.That(pool.Step(), Is.False);
                pool.Close();
                catalog = LogCatalog.Open(disk, data.Path);
                using (LogReader reader = new(disk, catalog.Cores[0])) Assert.That(reader.Read(), Is.False);
                catalog.DeleteAll(disk);
                Assert.That(disk.List($"{data.Path}/log"), Is.Empty);
            }

            using DataDirectory again = DataDirectory.Open(disk, new SimSeed(3), $"{root}/data", 8, 16);
            Assert.That(again.Partitions, Is.EqualTo(4));
            Assert.That(
                new ManifestStore(disk, again.Path).Load(3), Is.EqualTo(PartitionManifest.Empty(3, 16)));
        }
        finally
        {
            Directory.Delete(root, true);
        }
    }

    private static void Commit(LogWriter log, SimSeed seed, List<string>[] done)
    {
        log.Begin();
        for (int i = 1 + (seed.Below(3) * seed.Below(3)); i > 0; i--)
        {
            int partition = seed.Below(4);
            string key = $"k{seed.Below(1000)}";
            log.Record.Remove(
                partition, (ulong)done[partition].Count + 1, 1, System.Text.Encoding.ASCII.GetBytes(key),
                CountDelta.Minus, hadExpiry: false);
            done[partition].Add(key);
        }

        log.Commit();
        log.Turn(0);
    }

    // A log that was written but never synced, as a killed process leaves it: each record in its own frame.
    private static SimDisk Written(int records, out List<long> ends)
    {
        using LogRig rig = new(1, SyncPolicy.No, new LogSettings { SegmentBytes = 1 << 14 });
        for (int i = 0; i < records; i++)
        {
            rig.Put($"key{i}", new string('v', 30));
            rig.Settle();
        }

        ends = [.. rig.Committed.Select(record => record.End.Value + HeaderBytes)];
        return rig.Disk.Fork(1);
    }

    private sealed class Target : ILogReplayTarget
    {
        public List<string>[] Done { get; } = [[], [], [], []];

        public void Apply(in LogOperation operation) =>
            Done[operation.Partition].Add(System.Text.Encoding.ASCII.GetString(operation.Key));
    }
}
