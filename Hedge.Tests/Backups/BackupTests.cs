using Hedge.Storage.Backups;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Backups;

/// <summary>Backups, kept logs and restores on a simulated disk.</summary>
[Category("sim")]
public sealed class BackupTests
{
    private const long LagMilliseconds = 4500;

    [Test]
    public void A_backup_holds_the_data_of_its_moment_whatever_is_written_meanwhile()
    {
        long linked = 0;
        ForSeeds(30, (seed, run) =>
        {
            for (int i = 0; i < 5; i++)
            {
                run.Work(60);
                Backup backup = run.Take($"b{i}", isFull: i == 3, rate: i == 2 ? 20_000 : 0);
                Assert.That(backup.Failure, Is.Null);
                Assert.That(backup.NewBytes + backup.LinkedBytes, Is.EqualTo(backup.Bytes));
                if (i == 3) Assert.That(backup.LinkedBytes, Is.Zero);
                linked += backup.LinkedBytes;
                run.Restart(i % 3);
            }

            foreach (TakenBackup taken in run.Taken) run.CheckMoment(taken);
        });
        Assert.That(linked, Is.Positive);
        Figures.Count("backup-moments", ("restores", 5 * SimCounts.Times(30)), ("wrong", 0));
    }

    [Test]
    public void Where_files_cannot_have_two_names_each_backup_is_a_copy() => ForSeeds(6, (seed, run) =>
    {
        run.Disk.CanLink = false;
        for (int i = 0; i < 3; i++)
        {
            run.Work(60);
            Backup backup = run.Take($"b{i}");
            Assert.That(backup.Failure, Is.Null);
            Assert.That(backup.NewBytes, Is.EqualTo(backup.Bytes));
        }

        foreach (TakenBackup taken in run.Taken) run.CheckMoment(taken);
    });

    [Test]
    public void Kept_logs_bring_a_backup_to_any_time_after_it()
    {
        long applied = 0;
        ForSeeds(30, (seed, run) =>
        {
            List<long> times = [];
            run.Work(80);
            run.Take("b");
            for (int i = 0; i < 4; i++)
            {
                run.Work(50);
                times.Add(run.Now);
                run.Rest(100);
                // Ends in order and kills lose nothing that was durable, so life goes on.
                run.Restart(i % 2);
            }

            run.Work(50);
            run.Rest();
            foreach (long time in times)
                applied += run.CheckUntil(run.Taken[0].Backup, time, LagMilliseconds).OperationsApplied;
            run.CheckUntil(run.Taken[0].Backup, run.Now, LagMilliseconds);
        });
        Assert.That(applied, Is.Positive);
        Figures.Count("backup-times", ("restores", 5 * SimCounts.Times(30)), ("wrong", 0));
    }

    [Test]
    public void Old_backups_go_and_with_them_the_logs_that_no_other_needs() => ForSeeds(10, (seed, run) =>
    {
        for (int i = 0; i < 6; i++)
        {
            run.Work(80);
            Assert.That(run.Take($"b{i}", keep: 2).Failure, Is.Null);
            if (i == 3) run.Restart(1);
        }

        run.Work(40);
        run.Rest();
        BackupSet set = new(run.Disk, BackupRun.Backups);
        Assert.That(set.List().Select(each => each.Name), Is.EqualTo((string[])["b4", "b5"]));
        foreach (TakenBackup taken in run.Taken.TakeLast(2))
        {
            run.CheckMoment(taken);
            run.CheckUntil(taken.Backup, run.Now, LagMilliseconds);
        }

        string logs = run.Disk.List(BackupRun.Backups).Single(name => name.StartsWith("log-"));
        string start = run.Disk.List($"{BackupRun.Backups}/{logs}")[0];
        ulong least = set.List()[0].Note.Segments.Min();
        foreach (string name in run.Disk.List($"{BackupRun.Backups}/{logs}/{start}"))
            Assert.That(ulong.Parse(name.Split('-', '.')[1]), Is.GreaterThanOrEqualTo(least));
    });

    [Test]
    public void After_a_loss_the_logs_begin_anew_and_the_old_ones_still_restore_what_was_before() =>
        ForSeeds(30, (seed, run) =>
        {
            run.Work(80);
            run.Take("b");
            run.Work(60);
            run.Rest();
            long before = run.Now;
            run.Work(30);
            run.Restart(2);
            run.Work(60);
            run.Take("c");
            run.Work(30);
            run.Rest();
            run.CheckUntil(run.Taken[0].Backup, before, LagMilliseconds);
            run.CheckUntil(run.Taken[1].Backup, run.Now, LagMilliseconds);
            foreach (TakenBackup taken in run.Taken) run.CheckMoment(taken);
        });

    [Test]
    public void A_crash_during_a_backup_leaves_the_data_and_the_other_backups_as_they_are()
    {
        int crashes = 0;
        for (int i = 0; i < SimCounts.Times(60); i++)
        {
            BackupRun run = Begin(1000 + (ulong)i);
            run.Work(60);
            run.Take("b0");
            run.Work(60);
            run.Disk.CrashAt = run.Disk.Mutations + 1 + (i * 3);
            try
            {
                run.Take("b1", keep: 1);
                run.Disk.CrashAt = 0;
            }
            catch (SimCrashException)
            {
                crashes++;
            }

            run.Restart(run.Disk.IsDown ? 2 : 1);
            BackupSet set = new(run.Disk, BackupRun.Backups);
            foreach (StoredBackup stored in set.List())
                if (run.Taken.Find(each => each.Backup.Order.Name == stored.Name) is { } taken)
                    run.CheckMoment(taken);
            Assert.That(set.List(), Is.Not.Empty);
            Assert.That(run.Take("b2").Failure, Is.Null);
            Assert.That(run.Disk.List(BackupRun.Backups), Has.None.EndsWith(BackupSet.PartSuffix));
            run.CheckMoment(run.Taken[^1]);
            run.Close();
        }

        Assert.That(crashes, Is.Positive);
        Figures.Count("backup-crashes", ("crashes", crashes), ("wrong", 0));
    }

    [Test]
    public void A_backup_that_meets_damage_fails_by_name_and_leaves_nothing()
    {
        BackupRun run = Begin(5);
        run.Work(200);
        run.Rest(300);
        string path = run.Node.Engine.Partitions.SelectMany(each =>
            run.Disk.List(each.Files.Directory).Where(name => name.EndsWith(".run"))
                .Select(name => $"{each.Files.Directory}/{name}")).First();
        run.Disk.FlipBit(path, 8 * 5000);
        Backup backup = run.Take("b");
        Assert.That(backup.Failure, Does.Contain("b.part/").And.Contain("damaged"));
        Assert.That(run.Disk.List(BackupRun.Backups), Has.None.StartsWith("b"));
        run.Disk.FlipBit(path, 8 * 5000);
        Assert.That(run.Take("b").Failure, Is.Null);
        run.Close();
    }

    [Test]
    public void What_others_keep_beside_backups_stays()
    {
        BackupRun run = Begin(7);
        run.Work(50);
        Assert.That(run.Take("b").Failure, Is.Null);
        foreach (string path in (string[])["film.part/reel", "damaged/BACKUP", "notes.part"])
        {
            if (path.Contains('/')) run.Disk.CreateDirectory($"{BackupRun.Backups}/{path.Split('/')[0]}");
            run.Disk.Open($"{BackupRun.Backups}/{path}", DiskOpenMode.Create).Dispose();
        }

        run.Disk.CreateDirectory($"{BackupRun.Backups}/left.part/p00");
        Backup next = run.Take("c", keep: 1);
        Assert.That((next.Failure, next.LinkedBytes > 0), Is.EqualTo(((string?)null, true)));
        string[] names = ["c", "damaged", "film.part", "notes.part"];
        Assert.That(run.Disk.List(BackupRun.Backups).Where(name => !name.StartsWith("log-")),
            Is.EqualTo(names));
        run.Close();
    }

    [TestCase(Errno.NoSpace)]
    [TestCase(Errno.IoError)]
    public void When_kept_logs_cannot_be_written_the_data_does_not_suffer_and_they_go_on_later(int errno)
    {
        BackupRun run = Begin(6);
        run.Work(50);
        run.Take("b");
        run.Disk.Faults.Add(new SimDiskFault
        {
            Kind = SimDiskFaultKind.Fail,
            Errno = errno,
            Times = int.MaxValue,
            When = operation => operation.Path.Contains("/log-")
                && operation.Kind == SimDiskOperationKind.Write,
        });
        run.Work(150);
        run.Rest(1500);
        Assert.That(run.Node.Engine.Archive.Failure, Is.Not.Null);
        run.Disk.Faults.Clear();
        run.Work(20);
        run.Rest(3000);
        Assert.That(run.Node.Engine.Archive, Is.EqualTo(new ArchiveFigures(true, null, 0)));
        run.CheckUntil(run.Taken[0].Backup, run.Now, LagMilliseconds);
        run.Close();
    }

    private static BackupRun Begin(ulong seed) =>
        new(seed, seed % 3 == 0 ? SyncPolicy.Always : SyncPolicy.EverySecond);

    private static void ForSeeds(int seeds, Action<ulong, BackupRun> test)
    {
        int count = SimCounts.Times(seeds);
        for (ulong seed = 1; seed <= (ulong)count; seed++)
        {
            try
            {
                BackupRun run = Begin(seed);
                test(seed, run);
                run.Close();
            }
            catch (Exception problem) when (problem is not AssertionException)
            {
                throw new InvalidOperationException($"seed {seed}: {problem.Message}", problem);
            }
        }
    }
}
