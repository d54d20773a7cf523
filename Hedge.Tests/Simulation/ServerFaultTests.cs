using Hedge.Host.Settings;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>The n-th disk operation fails: no wrong answer, no hang, and nothing acknowledged that a power
/// failure could take away afterwards. A full disk is survived.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerFaultTests
{
    private static readonly SimDiskOperationKind[] Kinds =
    [
        SimDiskOperationKind.Write, SimDiskOperationKind.Sync, SimDiskOperationKind.Read,
        SimDiskOperationKind.Create,
    ];

    [Test]
    public void A_failed_disk_operation_gives_no_wrong_answer_and_no_hang(
        [ValueSource(nameof(Kinds))] SimDiskOperationKind kind)
    {
        int struck = 0;
        int refused = 0;
        foreach (ulong seed in SimCounts.Seeds(300))
        {
            new SimRun(seed).WithScripts(clients: 3, operations: 25, padding: 200).Execute(scripts =>
            {
                SimWorld world = Faulty(seed, scripts, kind, out SimDiskFault fault);
                struck += fault.Struck;
                refused += world.History.Count(op => op.HasFailed);
            });
        }

        Figures.Count($"faults-server-{kind}", ("runs", SimCounts.Times(300)), ("struck", struck),
            ("refused", refused), ("wrong", 0));
        Assert.That(struck, Is.GreaterThan(3));
    }

    [Test]
    public void A_full_disk_refuses_writes_until_there_is_space_again()
    {
        int refused = 0;
        foreach (ulong seed in SimCounts.Seeds(100))
        {
            new SimRun(seed).WithScripts(clients: 2, operations: 60, padding: 3000)
                .Execute(scripts => refused += FillDisk(seed, scripts));
        }

        Figures.Count("full-disk-simulated", ("cycles", SimCounts.Times(100)), ("refused", refused),
            ("lost", 0));
        Assert.That(refused, Is.GreaterThan(20));
    }

    private static SimWorld Faulty(ulong seed, List<List<SimAction>> scripts, SimDiskOperationKind kind,
        out SimDiskFault fault)
    {
        SimSeed chance = new(seed ^ 0x77);
        bool isLog = chance.Chance(0.5);
        fault = new SimDiskFault
        {
            Kind = SimDiskFaultKind.Fail,
            When = operation => operation.Kind == kind
                && (kind is not (SimDiskOperationKind.Write or SimDiskOperationKind.Sync)
                    || isLog == operation.Path.Contains("/log/", StringComparison.Ordinal)),
            Skip = chance.Below(25),
            Times = 1 + chance.Below(2),
        };
        SimWorld world = new(seed, new SimServerOptions
        {
            Cores = 1 << (int)(seed % 3),
            Fsync = seed % 2 == 0 ? AppendFsync.Always : AppendFsync.EverySec,
        });
        world.Prefill(SimRun.Keys);
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        try
        {
            world.Start();
            world.Disk.Faults.Add(fault);
            world.Run();
            world.CheckHistory();
            return world;
        }
        finally
        {
            world.Dispose();
        }
    }

    private static int FillDisk(ulong seed, List<List<SimAction>> scripts)
    {
        SimWorld world = new(seed, new SimServerOptions
        {
            Cores = 1 << (int)(seed % 3),
            Fsync = seed % 2 == 0 ? AppendFsync.Always : AppendFsync.EverySec,
        });
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        try
        {
            world.Start();
            world.Disk.CapacityBytes = 0;
            for (int i = 0; i < 4000 && !world.IsDone; i++) world.Step();
            world.Disk.CapacityBytes = long.MaxValue;
            world.Run();
            for (int i = 0; i < 5000; i++) world.Step();
            string[] all = ["MSET", .. SimRun.Keys.SelectMany(key => new[] { key, "1" })];
            world.AddClient([new SimAction([all])]);
            world.Run();
            if (world.History[^1].Reply is var reply and not "+OK")
                throw new SimFailureException($"with space again a write is answered with {reply}");
            world.CheckHistory();
            return world.History.Count(op => op.HasFailed);
        }
        finally
        {
            world.Dispose();
        }
    }
}
