using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Replays;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Logs;

/// <summary>
/// A log's promise when the process is killed, under every policy: all that was handed over is read back, in
/// order and whole, and what else is read back was committed right after it.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class LogStageTests
{
    private static LogSettings Settings(ulong seed) => new()
    {
        SegmentBytes = 4096L << (int)(seed % 6),
        StageSlots = 1 + (int)(seed % 3),
        StageSlotBytes = 8192 << (int)(seed % 4),
        WriteBytes = 1024 << (int)(seed % 5),
    };

    [TestCase(SyncPolicy.Always)]
    [TestCase(SyncPolicy.EverySecond)]
    [TestCase(SyncPolicy.No)]
    [Category("sim")]
    public void A_kill_at_any_step_loses_nothing_that_was_handed_over(SyncPolicy policy)
    {
        int kills = 0;
        int held = 0;
        long finished = 0;
        for (ulong seed = 1; seed <= (ulong)SimCounts.Times(60); seed++)
        {
            using LogRig rig = new(seed, policy, Settings(seed), isStaged: true);
            Assert.That(rig.Log.IsStaged, $"seed {seed}");
            for (int step = 0; step < 150; step++)
            {
                Step(rig, seed);
                if (rig.Log.HandedOver != rig.Log.Appended) held++;
                finished += CheckKilled(rig, rig.Disk.AfterKill(seed ^ (ulong)step), seed);
                kills++;
            }

            long handed = rig.Log.HandedOver.Value;
            rig.Disk.Kill();
            Check(rig, rig.Disk, handed, seed);
        }

        Figures.Count("kill-sweep-log", ("crash-points", kills), ("spilled", held), ("lost", 0));
        Assert.That(held, Is.GreaterThan(50), "kills while something was spilled");
        Assert.That(finished, Is.GreaterThan(100_000));
    }

    [Test]
    [Category("sim")]
    public void A_start_that_is_killed_or_loses_power_while_it_finishes_writes_loses_nothing()
    {
        int nested = 0;
        for (ulong seed = 1; seed <= (ulong)SimCounts.Times(30); seed++)
        {
            using LogRig rig = new(seed, SyncPolicy.EverySecond, Settings(seed), isStaged: true);
            for (int step = 0; step < 100; step++) Step(rig, seed);
            for (long at = 1; ; at++)
            {
                SimDisk disk = rig.Disk.AfterKill(seed);
                disk.CrashAt = disk.Mutations + at;
                bool isDone = false;
                try
                {
                    StagedWrites.Finish(disk, "data");
                    if (seed % 2 == 0) StagedWrites.FreeSpace(disk, "data");
                    isDone = true;
                }
                catch (SimCrashException)
                {
                    nested++;
                }

                bool losesPower = at % 2 == 0;
                disk.Kill();
                if (losesPower) disk.Crash();
                Check(rig, disk, losesPower ? rig.Log.Synced.Value : rig.Log.HandedOver.Value, seed);
                if (isDone) break;
            }

            rig.Disk.Kill();
        }

        Assert.That(nested, Is.GreaterThan(50));
    }

    // A file system that failed and was mounted again: the kernel has lost the last pages of the mapping.
    [Test]
    [Category("sim")]
    public void A_stage_that_is_older_than_its_log_takes_nothing_from_it()
    {
        (int older, int refused) = LoseStages(SimCounts.Times(60));
        Figures.Count("stage-older", ("cases", older), ("refused", refused), ("lost", 0));
        Assert.That(older, Is.GreaterThan(1000));
    }

    /// <summary>Runs each seed; at each step, another start finds an older stage.</summary>
    internal static (int Older, int Refused) LoseStages(int seeds)
    {
        int older = 0;
        int refused = 0;
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            SyncPolicy policy = seed % 2 == 0 ? SyncPolicy.Always : SyncPolicy.EverySecond;
            using LogRig rig = new(seed, policy, Settings(seed), isStaged: true);
            List<byte[]> stages = [];
            for (int step = 0; step < 150; step++)
            {
                stages.Add(rig.Disk.Peek("data/log/0.stage").ToArray());
                Step(rig, seed);
                SimDisk disk = rig.Disk.AfterKill(seed ^ (ulong)step);
                byte[] stage = stages[rig.Chance.Below(stages.Count)];
                using (DiskFile file = disk.Open("data/log/0.stage", DiskOpenMode.ReadWrite))
                    disk.Write(file, 0, stage);
                if (!stage.AsSpan().SequenceEqual(rig.Disk.Peek("data/log/0.stage").Span)) older++;
                try
                {
                    Check(rig, disk, rig.Log.Synced.Value, seed);
                }
                catch (LogException problem) when (problem.Path.EndsWith(".stage", StringComparison.Ordinal)
                    || problem.Message.Contains("stage", StringComparison.Ordinal))
                {
                    // A start that is refused has destroyed nothing: without the stage all is there.
                    refused++;
                    StagedWrites.Finish(disk, "data", skipsDamage: true);
                    Check(rig, disk, rig.Log.Synced.Value, seed);
                }
            }

            rig.Disk.Kill();
        }

        return (older, refused);
    }

    [Test]
    [Category("fast")]
    public void After_a_power_failure_the_stage_is_worth_nothing()
    {
        for (ulong seed = 1; seed <= 20; seed++)
        {
            using LogRig rig = new(seed, SyncPolicy.EverySecond, isStaged: true);
            rig.Put("key", "value");
            SimDisk after = rig.Disk.AfterCrash(seed);
            Assert.That(StagedWrites.Finish(after, "data"), Is.Zero);
            Assert.That(LogRig.ReadBack(after, out _), Is.Empty);
        }
    }

    [Test]
    [Category("fast")]
    public void A_committed_record_is_there_without_any_write()
    {
        using LogRig rig = new(1, SyncPolicy.No, isStaged: true);
        rig.Put("key", "value");
        Assert.That(rig.Log.Written.Value, Is.Zero);
        Assert.That(rig.Log.IsHandedOver);
        rig.Log.Begin(100);
        rig.Log.Abort();
        SimDisk after = rig.Disk.AfterKill(1);
        Assert.That(StagedWrites.Finish(after, "data"), Is.GreaterThan(0));
        Assert.That(LogRig.ReadBack(after, out _), Is.EqualTo(new[] { rig.Committed[0].Text }));
    }

    [Test]
    [Category("fast")]
    public void A_record_longer_than_a_slot_is_handed_over_when_it_is_written()
    {
        LogSettings settings = new() { SegmentBytes = 8 << 20 };
        using LogRig rig = new(1, SyncPolicy.No, settings, isStaged: true);
        rig.Put("before", "value");
        rig.Put("long", new string('x', 5 << 20));
        rig.Put("after", "value");
        Assert.That(rig.Log.IsHandedOver, Is.False);
        SimDisk early = rig.Disk.AfterKill(1);
        StagedWrites.Finish(early, "data");
        Assert.That(LogRig.ReadBack(early, out _), Has.Count.EqualTo(1), "nothing past the gap");
        rig.Settle();
        rig.Put("last", "value");
        Assert.That(rig.Log.IsHandedOver);
        SimDisk late = rig.Disk.AfterKill(1);
        StagedWrites.Finish(late, "data");
        Assert.That(LogRig.ReadBack(late, out _), Has.Count.EqualTo(4));
    }

    [Test]
    [Category("fast")]
    public void A_file_system_without_mappings_has_no_stage()
    {
        SimDisk disk = new(1) { CanMap = false };
        disk.CreateDirectory("data/log");
        LogSettings settings = new();
        Assert.That(LogStage.TryOpen(disk, "data", 0, settings, long.MaxValue, out string? problem), Is.Null);
        Assert.That(problem, Does.Contain("map"));
        disk = new SimDisk(1) { CapacityBytes = 1 << 20 };
        disk.CreateDirectory("data/log");
        Assert.That(LogStage.TryOpen(disk, "data", 0, settings, long.MaxValue, out problem), Is.Null);
        Assert.That(problem, Is.Not.Empty);
        Assert.That(disk.List("data/log"), Is.Empty);
    }

    [Test]
    [Category("fast")]
    public void A_stage_that_has_given_its_space_up_is_not_missed()
    {
        using LogRig rig = new(1, SyncPolicy.No, isStaged: true);
        rig.Put("key", "value");
        SimDisk after = rig.Disk.AfterKill(1);
        StagedWrites.Finish(after, "data");
        StagedWrites.FreeSpace(after, "data");
        Assert.That(after.Peek("data/log/0.stage").Length, Is.EqualTo(LogStageFormat.PageBytes));
        Assert.That(StagedWrites.Finish(after, "data", needed: [0]), Is.Zero);
    }

    [Test]
    [Category("fast")]
    public void A_stage_takes_no_more_than_it_may()
    {
        SimDisk disk = new(1);
        disk.CreateDirectory("data/log");
        using LogStage? stage = LogStage.TryOpen(disk, "data", 0, new LogSettings(), 300_000, out _);
        Assert.That(stage?.Bytes, Is.InRange(200_000, 320_000));
        using LogStage? least = LogStage.TryOpen(disk, "data", 1, new LogSettings(), 1, out _);
        Assert.That(least?.Bytes, Is.InRange(4096, 64 * 1024));
    }

    [Test]
    [Category("fast")]
    public void Damage_in_a_used_slot_is_reported_and_that_of_a_free_one_is_not()
    {
        LogSettings settings = new() { StageSlots = 2, StageSlotBytes = 8192 };
        using LogRig rig = new(1, SyncPolicy.No, settings, isStaged: true);
        rig.Put("key", new string('x', 200));
        rig.Turn();
        rig.Clock.Advance(2000);
        rig.Turn();
        rig.Put("other", new string('x', 200));
        SimDisk first = rig.Disk.AfterKill(1);
        first.FlipBit("data/log/0.stage", BitOf(first, isUsed: true));
        LogException? error = Assert.Throws<LogException>(() => StagedWrites.Finish(first, "data"));
        Assert.That(error!.Message, Does.Contain("0.stage"));
        rig.Settle();
        SimDisk second = rig.Disk.AfterKill(1);
        second.FlipBit("data/log/0.stage", BitOf(second, isUsed: false));
        Assert.DoesNotThrow(() => StagedWrites.Finish(second, "data"));
    }

    // In what a slot says of its place.
    private static long BitOf(SimDisk disk, bool isUsed)
    {
        ReadOnlySpan<byte> stage = disk.Peek("data/log/0.stage").Span;
        int slot = 0;
        while (BitConverter.ToUInt64(stage[(int)LogStageFormat.SlotAt(slot, 8192)..]) != 0 != isUsed) slot++;
        return (LogStageFormat.SlotAt(slot, 8192) + 24) * 8;
    }

    private static void Step(LogRig rig, ulong seed)
    {
        switch (rig.Chance.Below(8))
        {
            case 0 or 1 or 2:
                rig.CommitRandom(rig.Chance.Below(12) == 0 ? (int)(seed % 3) * 2000 + 100 : 300);
                break;
            case 3 or 4:
                rig.Turn();
                break;
            case 5:
                rig.Pool.Step();
                rig.Clock.Advance(rig.Chance.Below(3000));
                break;
            default:
                rig.Disk.CompleteNext();
                break;
        }
    }

    private static long CheckKilled(LogRig rig, SimDisk after, ulong seed) =>
        Check(rig, after, rig.Log.HandedOver.Value, seed);

    private static long Check(LogRig rig, SimDisk disk, long promised, ulong seed)
    {
        long finished = StagedWrites.Finish(disk, "data");
        List<string> read = LogRig.ReadBack(disk, out _);
        int kept = rig.Committed.Count(record => record.End.Value <= promised);
        Assert.That(read, Has.Count.GreaterThanOrEqualTo(kept), $"seed {seed}: records lost");
        Assert.That(read, Is.EqualTo(rig.Committed.Take(read.Count).Select(record => record.Text)),
            $"seed {seed}");
        return finished;
    }
}
