using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Commands that need more blocks than the cache has room for, of many clients at the same time:
/// none waits for ever, whatever the cores.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerAdmissionTests
{
    private const int Page = 4096;

    [Test]
    public void Everybody_gets_through_a_cache_of_a_few_pages()
    {
        // Too many at the same time for the check of histories, which is done with fewer clients.
        int crowded = 0;
        foreach (ulong seed in SimCounts.Seeds(150))
        {
            new SimRun(seed).WithScripts(clients: 12, operations: 30, keys: SimRun.ManyKeys).Execute(
                scripts => crowded += Run(seed, scripts, checks: false));
        }

        TestContext.Out.WriteLine($"{crowded} runs in which reads waited to be let in");
        Assert.That(crowded, Is.GreaterThan(SimCounts.Times(150) / 2));
    }

    [Test]
    public void Histories_are_linearizable_with_a_cache_of_a_few_pages()
    {
        foreach (ulong seed in SimCounts.Seeds(200))
        {
            new SimRun(seed).WithScripts(clients: 3, operations: 40, keys: SimRun.ManyKeys).Execute(
                scripts => Run(seed, scripts, checks: true));
        }
    }

    // 1 when reads had to wait, else 0.
    private static int Run(ulong seed, List<List<SimAction>> scripts, bool checks)
    {
        bool hasWaited = false;
        SimServerOptions options = new()
        {
            Cores = 1 << (int)(seed % 3),
            Fsync = SimRun.Policies[(int)(seed / 3 % 3)],
            BlockCacheBytes = (1 + (long)(seed % 7)) * Page,
        };
        SimWorld world = new(seed, options)
        {
            ForgetProbability = 0.4,
            BeforeStep = world =>
            {
                if (world.Server is not { } server) return;
                hasWaited |= server.Cores.Any(core => core.Loop.Storage.WaitingReads > 0);
                // In half of the runs what has two keys or more gets its records key by key.
                if (seed % 2 == 0) server.Group.Table.RoundKeysMin = 2;
            },
        };
        world.Disk.Latency = operation => operation.Kind == SimDiskOperationKind.Read ? 1500 : 100;
        world.Prefill(SimRun.ManyKeys);
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        try
        {
            world.Start();
            world.Run();
            if (checks) world.CheckHistory();
            world.Close();
        }
        finally
        {
            world.Dispose();
        }

        return hasWaited ? 1 : 0;
    }
}
