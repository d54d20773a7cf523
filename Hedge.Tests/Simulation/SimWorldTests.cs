using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>The whole server, simulated: answers have an order that explains them,
/// whatever the cores and the policy.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class SimWorldTests
{
    private static readonly int[] CoreCounts = [1, 2, 4];

    [Test]
    public void The_same_seed_gives_the_same_trace()
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            ulong first = Trace(seed);
            Assert.That(Trace(seed), Is.EqualTo(first), $"seed {seed}");
            Assert.That(Trace(seed + 100), Is.Not.EqualTo(first), $"seed {seed}");
        }
    }

    [Test]
    public void Histories_of_many_clients_are_linearizable_and_transactions_atomic()
    {
        foreach (ulong seed in SimCounts.Seeds(800))
        {
            new SimRun(seed).WithScripts(clients: 4, operations: 40, expires: seed % 3 == 0).Execute(
                scripts =>
            {
                SimWorld world = World(seed, scripts);
                world.Complete();
            });
        }
    }

    [Test]
    public void Histories_on_keys_that_are_on_disk_only_are_linearizable()
    {
        foreach (ulong seed in SimCounts.Seeds(110))
        {
            new SimRun(seed).WithScripts(clients: 4, operations: 50, keys: SimRun.ManyKeys).Execute(
                scripts => ColdWorld(seed, scripts).Complete());
        }
    }

    [Test]
    public void One_clients_replies_do_not_depend_on_the_cores()
    {
        foreach (ulong seed in SimCounts.Seeds(100))
        {
            new SimRun(seed).WithScripts(clients: 1, operations: 150).Execute(scripts =>
            {
                string?[]? first = null;
                foreach (int cores in CoreCounts)
                {
                    SimWorld world = World(seed, scripts, cores);
                    world.Complete();
                    string?[] replies = [.. world.History.Select(op => op.Reply)];
                    first ??= replies;
                    if (!first.SequenceEqual(replies))
                        throw new SimFailureException($"{cores} cores answer differently");
                }
            });
        }
    }

    /// <summary>All keys are on disk at first, little is kept in memory, and reads are slow.</summary>
    internal static SimWorld ColdWorld(ulong seed, List<List<SimAction>> scripts,
        SimServerOptions? options = null, Action<SimWorld>? plant = null)
    {
        options ??= new SimServerOptions { Fsync = SimRun.Policies[(int)(seed % 3)] };
        SimWorld world = new(seed, options with { Cores = 2 + (int)(seed % 2) })
        { BeforeStep = plant, ForgetProbability = 0.4 };
        world.Disk.Latency = operation => operation.Kind == SimDiskOperationKind.Read ? 1500 : 100;
        world.Prefill(SimRun.ManyKeys);
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        return world;
    }

    private static ulong Trace(ulong seed)
    {
        SimWorld world = World(seed, new SimRun(seed).WithScripts(3, 40, controls: true).Scripts);
        world.Complete();
        return world.TraceHash;
    }

    private static SimWorld World(ulong seed, List<List<SimAction>> scripts, int cores = 0)
    {
        SimWorld world = new(seed, new SimServerOptions
        {
            Cores = cores > 0 ? cores : 1 << (int)(seed % 3),
            Fsync = SimRun.Policies[(int)(seed / 3 % 3)],
        });
        // Half of the runs begin with everything on disk only.
        if (seed % 2 == 0) world.Prefill(SimRun.Keys);
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        return world;
    }
}
