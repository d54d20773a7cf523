using Hedge.Host.Slots;
using NUnit.Framework;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>Runs of transactions and scripts over cold data, which pause between their commands.</summary>
internal static class PausingRuns
{
    /// <summary>A whole life over data that is forgotten again and again. Returns how often runs
    /// paused.</summary>
    public static long Check(ulong seed, SimServerOptions options, List<List<SimAction>> scripts,
        Action<SimWorld>? beforeStep = null)
    {
        SimWorld world = new(seed, options) { BeforeStep = beforeStep, ForgetProbability = 0.4 };
        world.Prefill(SimRun.ManyKeys);
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        if (seed % 2 == 0) world.Disk.Latency = _ => 5000;
        long pauses = 0;
        world.Complete(done => pauses =
            done.Server!.Cores.Sum(core => core.Loop.Statistics.Counters.TransactionPauses));
        return pauses;
    }

    /// <summary>True while a run stands in a pause.</summary>
    public static bool IsAnyOpen(SimWorld world) => world.Server is { } server
        && server.Group.Partitions.Any(slot => slot.Store.OpenChanges is not null);

    /// <summary>A bug: the partitions of a run that pauses are free.</summary>
    public static void FreePartitions(SimWorld world)
    {
        foreach (PartitionSlot slot in world.Server!.Group.Partitions)
            if (slot.Store.OpenChanges is not null) slot.Holder = null;
    }

    /// <summary>Fails when no seed shows a bug that is planted.</summary>
    public static void MustBeFound(Action<ulong> run)
    {
        for (ulong seed = 1; seed <= 60; seed++)
        {
            try
            {
                run(seed);
            }
            catch (Exception problem) when (problem is not AssertionException)
            {
                TestContext.Out.WriteLine($"seed {seed}: {problem.Message}");
                return;
            }
        }

        Assert.Fail("the plant was not found");
    }

    /// <summary>Commands that happen at one moment, while the disk cannot read. Returns the reply.</summary>
    public static string RunUnreadable(int cores, SimAction action)
    {
        SimWorld world = new(7, new SimServerOptions { Cores = cores }) { ForgetProbability = 1 };
        world.Prefill(SimRun.ManyKeys);
        world.AddClient([action]);
        try
        {
            world.Start();
            world.Disk.Faults.Add(new SimDiskFault
            {
                Kind = SimDiskFaultKind.Fail,
                When = operation => operation.Kind == SimDiskOperationKind.Read,
                Times = int.MaxValue,
            });
            world.Run();
            return world.History[^1].Reply!;
        }
        finally
        {
            world.Dispose();
        }
    }
}
