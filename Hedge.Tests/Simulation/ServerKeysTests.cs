using Hedge.Host.Settings;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>KEYS beside writers, alone and in transactions: what it answers was so at one moment between its
/// request and its reply, whether the core walks itself, over many turns, or background threads list the
/// keys.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerKeysTests
{
    [Test]
    public void Histories_with_KEYS_are_linearizable()
    {
        long lists = 0, empty = 0;
        foreach (ulong seed in SimCounts.Seeds(150))
        {
            Scripts(seed, clients: 3, operations: 40).Execute(scripts =>
            {
                SimWorld world = new(seed, Options(seed));
                if (seed % 2 == 0) world.Prefill(SimRun.Keys);
                if (seed % 5 == 0) world.Disk.Latency = _ => 5000;
                foreach (List<SimAction> script in scripts) world.AddClient(script);
                world.Complete();
                lists += world.History.Count(op => op.Action.Lists);
                empty += world.History.Count(op => op.Action.Lists && op.Reply?.StartsWith('-') != false);
            });
        }

        TestContext.Out.WriteLine($"{lists} lists of keys, {empty} errors");
        Assert.That(lists, Is.GreaterThan(1500));
        Assert.That(empty, Is.Zero);
    }

    [Test]
    public void A_power_failure_at_any_disk_operation_loses_nothing_acknowledged()
    {
        CrashSweep.Counts counts = new();
        foreach (ulong seed in SimCounts.Seeds(20))
        {
            SimServerOptions options = Options(seed) with { Fsync = AppendFsync.Always };
            Scripts(seed, clients: 3, operations: 25).Execute(scripts => CrashSweep.Run(
                seed, scripts, every: 2 + (int)(seed % 5), counts, options));
        }

        counts.Write("crash-sweep-keys");
        Assert.That(counts.Crashes, Is.GreaterThan(500));
    }

    [TestCase(SimDiskOperationKind.Read)]
    [TestCase(SimDiskOperationKind.Write)]
    [TestCase(SimDiskOperationKind.Sync)]
    [TestCase(SimDiskOperationKind.Create)]
    public void A_failed_disk_operation_gives_an_error_or_the_right_keys(SimDiskOperationKind kind)
    {
        int struck = 0;
        foreach (ulong seed in SimCounts.Seeds(40))
        {
            Scripts(seed, clients: 2, operations: 25).Execute(scripts =>
            {
                SimDiskFault fault = new()
                {
                    Kind = SimDiskFaultKind.Fail,
                    When = operation => operation.Kind == kind,
                    Skip = (int)(seed * 7 % 40),
                    Times = 1,
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
                    struck += fault.Struck;
                }
                finally
                {
                    world.Dispose();
                }
            });
        }

        Assert.That(struck, Is.Positive);
    }

    // The transaction waits for the walk's next turns, and the later command for the walk.
    [Test]
    public void A_walk_in_a_transaction_goes_on_though_a_command_follows()
    {
        SimWorld world = new(1, new SimServerOptions { Cores = 1, KeysVisitedMax = 1 });
        world.Prefill(SimRun.Keys);
        world.AddClient([new SimAction([["KEYS", "*"], ["DBSIZE"]], IsTransaction: true)]);
        world.Complete();
    }

    /// <summary>A bug is planted: what a transaction that pauses has leased is given back.</summary>
    [Test]
    [PlantedBug("a transaction over very many keys gives back what it has leased")]
    public void Pauses_that_give_the_partitions_back_are_found()
    {
        for (ulong seed = 1; seed <= 60; seed++)
        {
            SimWorld world = new(seed, Options(seed) with { KeysVisitedMax = 1 })
            {
                BeforeStep = GiveBack,
            };
            world.Prefill(SimRun.Keys);
            foreach (List<SimAction> script in
                new SimRun(seed).WithScripts(4, 40, lists: true).Scripts) world.AddClient(script);
            try
            {
                world.Complete();
            }
            catch (Exception problem) when (problem is not AssertionException)
            {
                TestContext.Out.WriteLine($"seed {seed}: {problem.Message}");
                return;
            }
        }

        Assert.Fail("the plant was not found");
    }

    private static void GiveBack(SimWorld world)
    {
        if (!world.Server!.Cores.Any(core => core.Loop.Executor.Waiting.AnyTurns)) return;
        foreach (Hedge.Host.Slots.PartitionSlot slot in world.Server.Group.Partitions) slot.Holder = null;
    }

    private static SimRun Scripts(ulong seed, int clients, int operations) =>
        new SimRun(seed).WithScripts(clients, operations, lists: true);

    private static SimServerOptions Options(ulong seed) => new()
    {
        Cores = 1 << (int)(seed % 3),
        Fsync = SimRun.Policies[(int)(seed / 3 % 3)],
        KeysVisitedMax = (seed % 4) switch { 0 => 0, 1 => 2, 2 => 0, _ => -1 },
    };
}
