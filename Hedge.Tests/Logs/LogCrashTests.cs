using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Logs;

/// <summary>
/// A log's promise at power loss: every record reported as durable is read back, in order, whole, and what
/// else is read back was committed right after it.
/// </summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class LogCrashTests
{
    [TestCase(SyncPolicy.Always)]
    [TestCase(SyncPolicy.EverySecond)]
    [TestCase(SyncPolicy.No)]
    public void At_every_disk_operation_a_crash_loses_nothing_that_was_reported_durable(SyncPolicy policy)
    {
        int points = CrashEverywhere(policy, 40, isLarge: false);
        Assert.That(points, Is.GreaterThan(2500));
    }

    [TestCase(SyncPolicy.Always)]
    [TestCase(SyncPolicy.EverySecond)]
    [TestCase(SyncPolicy.No)]
    public void A_crash_among_large_writes_loses_nothing_that_was_reported_durable(SyncPolicy policy)
    {
        int points = CrashEverywhere(policy, 1, isLarge: true);
        Assert.That(points, Is.GreaterThan(100));
    }

    private static int CrashEverywhere(SyncPolicy policy, int seeds, bool isLarge)
    {
        int points = 0;
        int records = 0;
        for (ulong seed = 1; seed <= (ulong)SimCounts.Times(seeds); seed++)
        {
            for (long crashAt = 1; ; crashAt++)
            {
                using LogRun run = new(seed, policy, isLarge);
                bool crashed = run.Go(crashAt);
                if (!crashed) run.Crash();
                records += run.CheckReadBack();
                points++;
                if (!crashed) break;
            }
        }

        Figures.Count($"log-crash-{policy}{(isLarge ? "-large" : "")}", ("crash-points", points),
            ("records", records), ("lost", 0));
        return points;
    }

    [TestCase(SimDiskOperationKind.Write)]
    [TestCase(SimDiskOperationKind.Sync)]
    [TestCase(SimDiskOperationKind.SyncDirectory)]
    [TestCase(SimDiskOperationKind.Allocate)]
    [TestCase(SimDiskOperationKind.Rename)]
    [TestCase(SimDiskOperationKind.Create)]
    public void Whichever_operation_fails_nothing_lost_is_reported_durable(SimDiskOperationKind kind)
    {
        int runs = 0;
        for (ulong seed = 1; seed <= 10; seed++)
        {
            for (int n = 0; ; n++)
            {
                using LogRun run = new(seed, (SyncPolicy)(seed % 3));
                SimDiskFault fault = new()
                {
                    When = operation => operation.Kind == kind && run.IsStarted,
                    Kind = SimDiskFaultKind.Fail,
                    Skip = n,
                    Times = n % 2 == 0 ? 1 : 3,
                };
                run.Rig.Disk.Faults.Add(fault);
                run.Go(0);
                bool struck = fault.Struck > 0;
                bool fatal = run.Rig.Log.HasFailed;
                if (fatal) Assert.That(run.Rig.Put("late", "x"), Is.EqualTo(LogPosition.Refused));
                if (kind is not (SimDiskOperationKind.Write or SimDiskOperationKind.Sync))
                    Assert.That(fatal, Is.False);
                run.Crash();
                run.CheckReadBack();
                runs++;
                if (!struck) break;
            }
        }

        TestContext.Out.WriteLine($"{kind}: {runs} runs");
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_full_disk_stops_the_log_and_recovery_goes_on_without_loss(bool isLarge)
    {
        int recovered = 0;
        for (ulong seed = 1; seed <= 60; seed++)
        {
            using LogRun run = new(seed, (SyncPolicy)(seed % 3), isLarge);
            run.Rig.Disk.CapacityBytes = run.Rig.Disk.Peek("data/log/0-1.log").Length
                + 4096 * (long)(seed % 7);
            run.Go(0);
            if (run.Rig.Log.HasFailed)
            {
                Assert.That(run.Rig.Log.FailedErrno, Is.EqualTo(Errno.NoSpace));
                run.Rig.Disk.CapacityBytes = long.MaxValue;
                while (run.Rig.Disk.CompleteNext())
                {
                }

                Assert.That(run.Rig.Log.TryRecover());
                run.Rig.Put("after", "space");
                run.Rig.Log.RequestSync();
                run.Rig.Settle();
                Assert.That(run.Rig.Log.Synced, Is.EqualTo(run.Rig.Log.Appended));
                recovered++;
            }

            run.Crash();
            run.CheckReadBack();
        }

        Assert.That(recovered, Is.GreaterThan(20));
    }

    // Large: turns with many records, whose writes leave off the part of a block at their end.
    private sealed class LogRun(ulong seed, SyncPolicy policy, bool isLarge = false) : IDisposable
    {
        private static readonly LogSettings Large = new() { SegmentBytes = 1 << 17 };
        private readonly ulong[] _flushed = new ulong[LogRig.Partitions];
        private LogPosition _synced;

        public LogRig Rig { get; } = new(seed, policy, isLarge ? Large : null);

        public bool IsStarted { get; private set; }

        public bool Go(long crashAt)
        {
            if (crashAt > 0) Rig.Disk.CrashAt = Rig.Disk.Mutations + crashAt;
            IsStarted = true;
            Rig.Disk.Reorders = true;
            try
            {
                for (int step = 0; step < 60; step++) Step();
                return false;
            }
            catch (SimCrashException)
            {
                Crash();
                return true;
            }
        }

        public void Crash()
        {
            _synced = Rig.Log.Synced;
            Rig.Disk.Crash();
        }

        public int CheckReadBack()
        {
            List<string> read = LogRig.ReadBack(Rig.Disk, out _);
            List<string> committed = [.. Rig.Committed.Select(record => record.Text)];
            int synced = Rig.Committed.Count(record => record.End <= _synced);
            int needed = Rig.Committed.FindIndex(
                record => record.Sequences.Index().Any(pair => pair.Item > _flushed[pair.Index]));
            int start = read.Count == 0 ? synced : committed.IndexOf(read[0]);
            string where =
                $"seed {seed}, {Rig.Disk.TraceHash:x}: {committed.Count} committed, {synced} synced, "
                + $"{read.Count} read from {start}, needed from {needed}";
            Assert.That(start, Is.GreaterThanOrEqualTo(0), where);
            if (needed >= 0 && needed < synced) Assert.That(start, Is.LessThanOrEqualTo(needed), where);
            Assert.That(start + read.Count, Is.GreaterThanOrEqualTo(synced), where);
            Assert.That(read, Is.EqualTo(committed.GetRange(start, read.Count)), where);
            return read.Count;
        }

        public void Dispose() => Rig.Dispose();

        private void Step()
        {
            SimSeed chance = Rig.Chance;
            for (int i = chance.Below(isLarge ? 200 : 4); i > 0; i--) Rig.CommitRandom();
            Rig.Turn();
            for (int i = chance.Below(3); i > 0; i--) Rig.Disk.CompleteNext();
            if (chance.Below(3) > 0) Rig.Pool.Step();
            if (chance.Below(10) == 0) Rig.Log.RequestSync();
            if (chance.Below(30) == 0) Rig.Log.Policy = (SyncPolicy)chance.Below(3);
            Rig.Clock.Advance(chance.Below(5) == 0 ? chance.Below(2_000_000) : chance.Below(2000));
            if (isLarge && chance.Below(12) == 0) BeCalm();
            if (chance.Below(8) != 0) return;
            foreach ((LogPosition end, _, ulong[] sequences) in Rig.Committed)
            {
                if (end > Rig.Log.Synced) break;
                sequences.CopyTo(_flushed, 0);
            }

            Rig.Log.ReleaseObsolete(_flushed);
        }

        // Some seconds without writes, all flushed or not: the log gives space back.
        private void BeCalm()
        {
            SimSeed chance = Rig.Chance;
            if (chance.Below(3) > 0) Rig.Log.RequestSync();
            for (int i = 0; i < 40; i++)
            {
                Rig.Turn();
                Rig.Disk.CompleteNext();
                bool isFlushed = Rig.Log.Synced == Rig.Log.Appended && Rig.Committed.Count > 0;
                if (i == 15 && isFlushed && chance.Below(3) > 0)
                    Rig.Committed[^1].Sequences.CopyTo(_flushed, 0);
                Rig.Log.Rest(_flushed, Rig.Clock.UnixMilliseconds);
                if (chance.Below(2) > 0) Rig.Log.ReleaseObsolete(_flushed);
                if (chance.Below(3) > 0) Rig.Pool.Step();
                Rig.Clock.Advance(300_000);
            }
        }
    }
}
