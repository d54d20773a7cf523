using System.Text;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Storage.Compactions;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Replays;
using Hedge.Tests.Damage;
using Hedge.Tests.Logs;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Canary;

/// <summary>Tests of the tests: bugs are planted, and the simulation must find each of them within a few
/// seeds.</summary>
[TestFixture]
[Category("sim")]
[NonParallelizable]
public sealed class CanaryTests
{
    private const int SeedsMax = 60;

    private static readonly SimServerOptions Always =
        new() { Fsync = AppendFsync.Always, MemtableBytes = 1024 };

    [Test]
    public void Without_a_plant_nothing_is_found()
    {
        for (ulong seed = 1; seed <= 6; seed++)
        {
            Sweep(seed, Always, null);
            KillSweep(seed, null);
            Press(seed, null);
            Chill(seed, null);
            DeleteAndFill(seed);
        }
    }

    [Test]
    [PlantedBug("a log's sync does nothing")]
    public void Log_syncs_that_do_nothing_are_found() =>
        MustFind(seed => Sweep(seed, Always with { WrapQueue = queue => new LyingQueue(queue) }, null));

    [Test]
    [PlantedBug("a file's sync does nothing")]
    public void File_syncs_that_do_nothing_are_found() =>
        MustFind(seed => Sweep(seed, Lying(true, false), null));

    [Test]
    [PlantedBug("a directory's sync does nothing")]
    public void Directory_syncs_that_do_nothing_are_found() =>
        MustFind(seed => Sweep(seed, Lying(false, true), null));

    [Test]
    [PlantedBug("a reply comes before the sync")]
    public void Replies_before_the_sync_are_found() =>
        MustFind(seed => Sweep(seed, Always with { Fsync = AppendFsync.EverySec }, null));

    [TestCase(true)]
    [TestCase(false)]
    [PlantedBug("a record is staged after it is shown")]
    [PlantedBug("a record is never staged")]
    public void Records_that_are_staged_after_they_are_shown_or_never_are_found(bool isLate) =>
        MustFind(seed => KillSweep(seed, disk => new LateDisk(disk, isLate)));

    [Test]
    [PlantedBug("an owner does not honour a lease")]
    public void Leases_that_the_owner_does_not_honour_are_found() =>
        MustFind(seed => Sweep(seed, Always, world =>
        {
            foreach (PartitionSlot slot in world.Server!.Group.Partitions) slot.Holder = null;
        }));

    [Test]
    [PlantedBug("commands are handed on in the wrong order")]
    public void Commands_that_are_handed_on_in_the_wrong_order_are_found() =>
        MustFind(seed => Press(seed, world =>
        {
            foreach (PartitionSlot slot in world.Server!.Group.Partitions)
                if (slot.Deferred.Count > 1) slot.Deferred.Enqueue(slot.Deferred.Dequeue());
        }));

    [Test]
    [PlantedBug("a command overtakes one that waits for the disk")]
    public void Commands_that_overtake_one_that_waits_for_the_disk_are_found() =>
        MustFind(seed => Chill(seed, null,
            (partition, home, cursors) => new OvertakingSlot(partition, home, cursors)));

    [Test]
    [PlantedBug("a waiting command runs although its partition is leased")]
    public void Waiting_commands_that_run_although_their_partition_is_leased_are_found() =>
        MustFind(seed => RunAndCheck(SimWorldTests.ColdWorld(seed, ScriptsOfManyKeys(seed),
            new SimServerOptions { Fsync = AppendFsync.Always }, world =>
            {
                foreach (SimCore core in world.Server!.Cores) core.Loop.Executor.Held.SkipsHoldCheck = true;
            })));

    [Test]
    [PlantedBug("a core replies before its group commit is done")]
    public void Replies_that_a_core_sends_before_its_group_commit_is_done_are_found() =>
        MustFind(seed => Sweep(seed, Always with { WrapQueue = queue => new HastyQueue(queue) }, null));

    [Test]
    [PlantedBug("a key's expiry gets lost")]
    public void Expiry_times_that_get_lost_are_found() =>
        MustFind(seed => Press(seed, world =>
        {
            foreach (PartitionSlot slot in world.Server!.Group.Partitions)
                foreach (string key in SimRun.Keys) Immortalize(slot.Store, key);
        }, expires: true));

    [TestCase("Run")]
    [TestCase("Log")]
    [TestCase("Manifest")]
    [PlantedBug("a run's checksums are ignored")]
    [PlantedBug("a log's checksums are ignored")]
    [PlantedBug("a manifest's checksum is ignored")]
    public void Checksums_that_are_ignored_are_found(string place) =>
        MustFind(seed =>
        {
            SimWorld world = BitRot.Written(seed);
            for (ulong flip = 0; flip < 20; flip++)
                BitRot.Strike(world, Enum.Parse<RotPlace>(place), (seed * 100) + flip, IgnoredChecksum.Cover);
        });

    [Test]
    [PlantedBug("the count of keys is off by one")]
    public void A_count_that_is_off_by_one_is_found() =>
        MustFind(seed => Press(seed, world =>
        {
            if (world.Steps != 200) return;
            Partition partition = world.Server!.Group.Partitions[0].Store;
            partition.Keyspaces.Count(partition.Keyspaces.IdOf(0), 1, 0);
        }));

    [Test]
    [PlantedBug("a tombstone is dropped too early")]
    public void Tombstones_that_are_dropped_too_early_are_found()
    {
        CompactionJob.DropsEveryTombstone = true;
        try
        {
            MustFind(DeleteAndFill);
        }
        finally
        {
            CompactionJob.DropsEveryTombstone = false;
        }
    }

    [Test]
    [PlantedBug("a start does not ask the ledgers")]
    public void Ledgers_that_a_start_does_not_ask_are_found()
    {
        LogCatalog.IgnoresLedgers = true;
        try
        {
            MustFind(Damage);
        }
        finally
        {
            LogCatalog.IgnoresLedgers = false;
        }
    }

    [Test]
    [PlantedBug("a segment is deleted while its ledger needs it")]
    public void Segments_that_are_deleted_while_their_ledger_still_needs_them_are_found()
    {
        LedgerUpdates.ForgetsRetiring = true;
        try
        {
            MustFind(Damage);
        }
        finally
        {
            LedgerUpdates.ForgetsRetiring = false;
        }
    }

    [Test]
    [PlantedBug("log buffers that are older than the log are written over it")]
    public void Old_buffers_that_are_written_over_the_log_are_found()
    {
        StagedWrites.IgnoresLog = true;
        try
        {
            Assert.That(() => LogStageTests.LoseStages(10), Throws.Exception);
        }
        finally
        {
            StagedWrites.IgnoresLog = false;
        }
    }

    private static void Damage(ulong seed) =>
        new DamageSweep().Run(seed, new WrittenBy(1, SyncPolicy.Always, true), blocks: 1);

    // What was deleted lies in a large oldest run, which the merges of the small runs above it do not reach.
    private static void DeleteAndFill(ulong seed)
    {
        string[] cold = ["p", "q", "r", "s", "t", "u", "v", "w"];
        List<SimAction> script = [.. SimRun.Keys.Select(key => SimAction.Of("DEL", key))];
        for (int i = 0; i < 200; i++) script.Add(SimAction.Of("SET", $"fill{i}", new string('.', 300)));
        script.AddRange(SimRun.Keys.Select(key => SimAction.Of("GET", key)));
        SimServerOptions options = new() { MemtableBytes = 1024, ShrinksRuns = false };
        SimWorld world = new(seed, options) { PauseMicroseconds = 400_000 };
        world.Prefill([.. SimRun.Keys, .. cold], new string('x', 20_000));
        world.AddClient(script);
        RunAndCheck(world);
    }

    private static SimServerOptions Lying(bool aboutFiles, bool aboutDirectories) =>
        Always with { WrapDisk = disk => new LyingDisk(disk, aboutFiles, aboutDirectories) };

    private static void MustFind(Action<ulong> run)
    {
        for (ulong seed = 1; seed <= SeedsMax; seed++)
        {
            try
            {
                run(seed);
            }
            catch (Exception found) when (found is not AssertionException)
            {
                TestContext.Out.WriteLine($"found with seed {seed}: {found.GetType().Name}: "
                    + found.Message.Split('\n')[0]);
                return;
            }
        }

        Assert.Fail($"the planted bug was not found with {SeedsMax} seeds");
    }

    private static void Sweep(ulong seed, SimServerOptions options, Action<SimWorld>? plant)
    {
        SimRun run = new SimRun(seed).WithScripts(clients: 3, operations: 25, padding: 300);
        CrashSweep.Run(seed, run.Scripts, every: 4, new CrashSweep.Counts(), options, plant);
    }

    private static void KillSweep(ulong seed, Func<IDisk, LateDisk>? wrap)
    {
        List<LateDisk> late = [];
        SimServerOptions options = new() { MemtableBytes = 1024 };
        if (wrap != null)
        {
            // Of the servers on the copies nothing is asked but what they find.
            options = options with
            {
                WrapDisk = disk =>
                {
                    late.Add(wrap(disk));
                    return late[^1];
                },
            };
        }

        SimRun run = new SimRun(seed).WithScripts(clients: 3, operations: 25, padding: 300);
        CrashSweep.Run(seed, run.Scripts, every: 2, new CrashSweep.Counts(), options, _ =>
        {
            foreach (LateDisk disk in late) disk.Step();
        }, kills: true);
    }

    // SAFETY: the record is alive, and nothing else runs meanwhile.
    private static unsafe void Immortalize(Partition partition, string name)
    {
        byte[] key = Encoding.Latin1.GetBytes(name);
        ulong* slot = partition.Memory.Table.Find(partition.Hash(0, key), partition.Keyspaces.IdOf(0), key);
        if (slot != null) RecordTable.RecordAt(slot)->ExpireAt = 0;
    }

    private static void Press(ulong seed, Action<SimWorld>? plant,
        bool expires = false)
    {
        SimServerOptions options = new() { Cores = 2, MemtableBytes = 1024 };
        SimWorld world = new(seed, options)
        { BeforeStep = plant, PauseMicroseconds = 400_000, ForgetProbability = 0.3 };
        SimRun run = new SimRun(seed).WithScripts(3, 80, expires: expires, padding: 600);
        foreach (List<SimAction> script in run.Scripts) world.AddClient(script);
        RunAndCheck(world);
    }

    private static void Chill(ulong seed, Action<SimWorld>? plant,
        Func<Partition, int, CursorTable, PartitionSlot>? makeSlot = null)
    {
        SimServerOptions options = new() { Fsync = AppendFsync.Always, MakeSlot = makeSlot };
        List<List<SimAction>> scripts = new SimRun(seed).WithScripts(4, 50, keys: SimRun.ManyKeys).Scripts;
        RunAndCheck(SimWorldTests.ColdWorld(seed, scripts, options, plant));
    }

    // Commands that read several keys before they write.
    private static List<List<SimAction>> ScriptsOfManyKeys(ulong seed)
    {
        Random random = new((int)seed);
        return [.. Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, 40).Select(i =>
        {
            string[] keys = [.. Enumerable.Range(0, 3).Select(_ => random.GetItems(SimRun.ManyKeys, 1)[0])];
            return i % 2 == 0 ? new SimAction([["DEL", .. keys]])
                : new SimAction([["MSET", .. keys.SelectMany(key => new[] { key, $"{i}" })]]);
        }).ToList())];
    }

    private static void RunAndCheck(SimWorld world)
    {
        try
        {
            world.Start();
            world.Run();
            world.CheckHistory();
        }
        finally
        {
            world.Dispose();
        }
    }
}
