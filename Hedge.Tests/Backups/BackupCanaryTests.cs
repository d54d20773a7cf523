using Hedge.Storage.Backups;
using Hedge.Storage.Logs;
using Hedge.Storage.Recoveries;
using Hedge.Storage.Restores;
using Hedge.Tests.Reliability;
using NUnit.Framework;

namespace Hedge.Tests.Backups;

/// <summary>Mistakes of backups, planted one by one, that the tests of backups must find.</summary>
[Category("sim")]
[NonParallelizable]
public sealed class BackupCanaryTests
{
    private const long LagMilliseconds = 4500;
    private const int SeedsMax = 150;

    [Test]
    [PlantedBug("a backup leaves out what is in memory")]
    public void Changes_that_are_left_out_are_found() => Find(
        static _ => { },
        static run =>
        {
            run.Work(80);
            foreach (var partition in run.Node.Engine.Partitions) partition.Snapshots.SkipsFreeze = true;
            run.Take("b");
            run.CheckMoment(run.Taken[0]);
        });

    [Test]
    [PlantedBug("a backup shares a file that has grown")]
    public void Files_that_have_grown_are_found() => Find(
        static on => BackupFiles.IgnoresPages = on,
        static run =>
        {
            for (int i = 0; i < 5; i++)
            {
                run.Work(60);
                run.Take($"b{i}");
                run.Restart(i % 2);
            }

            foreach (TakenBackup taken in run.Taken) run.CheckMoment(taken);
        });

    [Test]
    [PlantedBug("a restore counts keys of a removed range twice")]
    public void Wrong_counts_are_found() => Find(
        static on => PartitionReplay.TrustsCounts = on,
        static run => KeptLogs(run));

    [Test]
    [PlantedBug("a restore goes beyond the wanted time")]
    public void Times_that_are_passed_over_are_found() => Find(
        static on => Storage.Restores.KeptLogs.IgnoresTime = on,
        static run => KeptLogs(run));

    [Test]
    [PlantedBug("a kept log lacks what was logged before a kill")]
    public void Ends_that_are_not_kept_are_found() => Find(
        static on => LogEnds.IsSkipped = on,
        static run => KeptLogs(run));

    [Test]
    [PlantedBug("kept logs go on after a loss as if nothing was lost")]
    public void Losses_that_kept_logs_do_not_know_are_found() => Find(
        static on => Recovery.KeepsLife = on,
        static run =>
        {
            run.Work(80);
            run.Take("b");
            for (int i = 0; i < 3; i++)
            {
                run.Work(60);
                run.Restart(2);
            }

            run.Rest();
            run.Work(40);
            run.Rest();
            // When all that was dropped had not been kept, there is nothing to find.
            RestoreFigures figures = run.CheckUntil(run.Taken[0].Backup, run.Now, long.MaxValue / 2);
            if (figures.OperationsDropped > 0)
                throw new InvalidOperationException("operations do not follow each other");
        });

    private static void KeptLogs(BackupRun run)
    {
        List<long> times = [];
        run.Work(80);
        run.Take("b");
        for (int i = 0; i < 4; i++)
        {
            run.Work(50);
            times.Add(run.Now);
            run.Rest(100);
            run.Restart(1);
        }

        run.Work(50);
        run.Rest();
        foreach (long time in times) run.CheckUntil(run.Taken[0].Backup, time, LagMilliseconds);
        run.CheckUntil(run.Taken[0].Backup, run.Now, LagMilliseconds);
    }

    private static void Find(Action<bool> plant, Action<BackupRun> test)
    {
        plant(true);
        try
        {
            for (ulong seed = 1; seed <= SeedsMax; seed++)
            {
                BackupRun run = new(seed, seed % 3 == 0 ? SyncPolicy.Always : SyncPolicy.EverySecond);
                try
                {
                    test(run);
                    run.Close();
                }
                catch (Exception found) when (found is not AssertionException)
                {
                    TestContext.Out.WriteLine($"seed {seed}: {found.Message}");
                    return;
                }
            }

            Assert.Fail($"not found with {SeedsMax} seeds");
        }
        finally
        {
            plant(false);
        }
    }
}
