using System.Globalization;
using Hedge.Host.Settings;
using Hedge.Storage.Engines;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Loads and exports of files, transactions with values of many pages, the collection of the value
/// log and ways of storing that change, among all other commands: whatever the cores, through crashes and
/// failures of the disk.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerStorageTests
{
    private const int PaddingBytes = 500;

    private static readonly SimDiskOperationKind[] Kinds =
    [
        SimDiskOperationKind.Write, SimDiskOperationKind.Sync, SimDiskOperationKind.Read,
        SimDiskOperationKind.Create, SimDiskOperationKind.Rename,
    ];

    [Test]
    public void Histories_are_linearizable_whole_files_and_settings_among_them()
    {
        Seen seen = new();
        foreach (ulong seed in SimCounts.Seeds(150))
        {
            Scripts(seed, clients: 3, operations: 60).Execute(scripts =>
            {
                SimWorld world = new(seed, Options(seed)) { PauseMicroseconds = 600_000 };
                if (seed % 2 == 0) world.Prefill(SimRun.Keys);
                foreach (List<SimAction> script in scripts) world.AddClient(script);
                Complete(world, seen);
            });
        }

        seen.Check(loads: 300, exports: 200, settings: 500, moved: 100);
    }

    [Test]
    public void A_power_failure_at_any_disk_operation_loses_nothing_acknowledged()
    {
        CrashSweep.Counts counts = new();
        foreach (ulong seed in SimCounts.Seeds(5))
        {
            Scripts(seed, clients: 3, operations: 25)
                .Execute(scripts => CrashSweep.Run(seed, scripts, every: 2 + (int)(seed % 5), counts));
        }

        counts.Write("crash-sweep-storage");
        Assert.That(counts.Crashes, Is.GreaterThan(400));
    }

    [Test]
    public void A_power_failure_at_each_disk_operation_of_a_load_and_an_export_leaves_all_of_it_or_nothing()
    {
        CrashSweep.Counts counts = new();
        foreach (ulong seed in SimCounts.Seeds(2))
        {
            SimSeed chance = new(seed);
            List<SimAction> writer = [.. SimRun.Keys.Select(key =>
                SimAction.Of("SET", key, "v".PadRight(1 + chance.Below(2000), '.')))];
            List<SimAction> loader = [Load(100, 2), SimAction.Of("GET", "a"), Load(101, 6)];
            List<SimAction> exporter = [Export(1), SimAction.Of("DEL", "b"), Export(2)];
            List<List<SimAction>> scripts = [writer, loader, exporter];
            CrashSweep.Run(seed, scripts, every: 1, counts);
        }

        counts.Write("crash-sweep-loads");
        Assert.That(counts.Crashes, Is.GreaterThan(100));
    }

    [Test]
    public void The_server_goes_on_through_many_lives()
    {
        Seen seen = new();
        int lives = 0;
        foreach (ulong seed in SimCounts.Seeds(40))
            Scripts(seed, clients: 3, operations: 60).Execute(scripts => lives += Live(seed, scripts, seen));
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{lives} lives"));
        Assert.That(lives, Is.GreaterThan(45));
        seen.Check(loads: 20, exports: 33, settings: 130, moved: 33);
    }

    [Test]
    public void A_failed_disk_operation_gives_no_wrong_answer_and_no_hang(
        [ValueSource(nameof(Kinds))] SimDiskOperationKind kind)
    {
        int struck = 0;
        // Few operations: a load that has failed, and may be there in part, makes histories hard to decide.
        foreach (ulong seed in SimCounts.Seeds(80))
            Scripts(seed, clients: 2, operations: 25).Execute(scripts => struck += Fail(seed, scripts, kind));
        Figures.Count($"faults-storage-{kind}", ("runs", SimCounts.Times(80)), ("struck", struck),
            ("wrong", 0));
        Assert.That(struck, Is.GreaterThan(3));
    }

    private static SimAction Load(int number, int keys) =>
        new([SimFiles.LoadOf(number, SimRun.Keys.Take(keys))]);

    private static SimAction Export(int number) => new([SimFiles.ExportOf(number)]);

    private static SimRun Scripts(ulong seed, int clients, int operations) =>
        new SimRun(seed).WithScripts(clients, operations, padding: PaddingBytes, stores: true);

    private static SimServerOptions Options(ulong seed) => new()
    {
        Cores = 1 << (int)(seed % 3),
        Fsync = SimRun.Policies[(int)(seed / 3 % 3)],
    };

    private static void Complete(SimWorld world, Seen seen)
    {
        try
        {
            world.Start();
            world.Run();
            for (int i = 0; i < 300; i++) world.Step();
            seen.Note(world);
            world.CheckHistory();
            seen.NoteReplies(world);
            world.Close();
        }
        finally
        {
            world.Dispose();
        }
    }

    private static int Live(ulong seed, List<List<SimAction>> scripts, Seen seen)
    {
        SimServerOptions options = new() { Fsync = AppendFsync.Always };
        SimWorld world = new(seed, options) { PauseMicroseconds = 600_000 };
        return new SimLives(world, options, new SimSeed(seed ^ 0x1234))
        {
            StruckMax = 8,
            MutationsMax = 300,
            Started = FileAudit.CheckStarted,
            End = struck =>
            {
                seen.Note(struck);
                struck.Crash();
            },
            Last = [new SimAction([["MGET", .. SimRun.Keys]]), Export(-1)],
            Checked = seen.NoteReplies,
        }.Run(scripts);
    }

    private static int Fail(ulong seed, List<List<SimAction>> scripts, SimDiskOperationKind kind)
    {
        SimSeed chance = new(seed ^ 0x77);
        SimDiskFault fault = new()
        {
            Kind = SimDiskFaultKind.Fail,
            When = operation => operation.Kind == kind,
            Skip = chance.Below(40),
            Times = 1 + chance.Below(2),
        };
        SimWorld world = new(seed, Options(seed));
        world.Prefill(SimRun.Keys);
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        try
        {
            world.Start();
            world.Disk.Faults.Add(fault);
            world.Run();
            world.CheckHistory();
            return fault.Struck;
        }
        finally
        {
            world.Dispose();
        }
    }

    /// <summary>What runs have done, so that they do not pass for want of it.</summary>
    private sealed class Seen
    {
        private long _loads;
        private long _exports;
        private long _settings;
        private long _moved;
        private long _deleted;
        private long _merges;

        public void Note(SimWorld world)
        {
            if (world.Server is not { Engine: Engine engine }) return;
            _moved += engine.ValueLog.MovedValues;
            _deleted += engine.ValueLog.DeletedFiles;
            _merges += engine.Partitions.Sum(partition => partition.Compactor.Compactions);
        }

        public void NoteReplies(SimWorld world)
        {
            foreach (SimOp op in world.History)
            {
                bool isFile = SimFiles.IsLoad(op.Action) || SimFiles.IsExport(op.Action);
                bool isRefused = op.Reply?.StartsWith("-ERR another", StringComparison.Ordinal) == true;
                if (isFile && op.Reply?.StartsWith('-') == true && !isRefused)
                    throw new SimFailureException($"{op}");
                if (op.Reply == null || isRefused) continue;
                if (SimFiles.IsLoad(op.Action)) _loads++;
                else if (SimFiles.IsExport(op.Action)) _exports++;
                else if (op.Action.Commands[0][0] == "CONFIG") _settings++;
            }
        }

        public void Check(int loads, int exports, int settings, int moved)
        {
            TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_loads} loads, "
                + $"{_exports} exports, {_settings} settings, {_merges} merges, {_moved} values moved, "
                + $"{_deleted} value files deleted"));
            Assert.That(_loads, Is.GreaterThan(loads));
            Assert.That(_exports, Is.GreaterThan(exports));
            Assert.That(_settings, Is.GreaterThan(settings));
            Assert.That(_moved, Is.GreaterThan(moved));
            Assert.That(_deleted, Is.Positive);
            Assert.That(_merges, Is.GreaterThan(loads));
        }
    }
}
