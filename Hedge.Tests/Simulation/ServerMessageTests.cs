using Hedge.Host.Declarations;
using Hedge.Host.Settings;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Published messages and keyspace events: in order, none lost to who listens, counted right, and
/// under appendfsync always none of a write that a power failure or a failed log takes away.</summary>
[TestFixture]
[Category("sim")]
public sealed class ServerMessageTests
{
    [Test]
    public void The_same_seed_gives_the_same_trace()
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            ulong first = Run(seed).TraceHash;
            Assert.That(Run(seed).TraceHash, Is.EqualTo(first), $"seed {seed}");
            Assert.That(Run(seed + 100).TraceHash, Is.Not.EqualTo(first), $"seed {seed}");
        }
    }

    [Test]
    public void Messages_arrive_in_order_and_are_counted()
    {
        long heard = 0, forwarded = 0;
        foreach (ulong seed in SimCounts.Seeds(150))
        {
            SimWorld world = Run(seed);
            heard += world.Listeners.Sum(l => l.Connections.Sum(c => c.Messages.Count));
            forwarded += world.History.Count(op => op.Receivers.Any(count => count > 0));
        }

        TestContext.Out.WriteLine($"{heard} messages heard, {forwarded} publications with receivers");
        Assert.That(heard, Is.GreaterThan(5000));
        Assert.That(forwarded, Is.GreaterThan(1000));
    }

    [Test]
    public void Nobody_hears_of_a_write_that_a_power_failure_takes_away()
    {
        long seen = 0;
        foreach (ulong seed in SimCounts.Seeds(150)) seen += Try(seed, () => Fail(seed, fault: null));
        TestContext.Out.WriteLine($"{seen} unanswered writes seen");
        Assert.That(seen, Is.GreaterThan(10));
    }

    [Test]
    public void Nobody_hears_of_a_write_that_a_failed_log_has_lost(
        [Values(SimDiskOperationKind.Write, SimDiskOperationKind.Sync)] SimDiskOperationKind kind)
    {
        int struck = 0;
        foreach (ulong seed in SimCounts.Seeds(100))
        {
            SimDiskFault fault = new()
            {
                Kind = SimDiskFaultKind.Fail,
                When = operation => operation.Kind == kind
                    && operation.Path.Contains("/log/", StringComparison.Ordinal),
                Skip = (int)(seed * 7 % 40),
                Times = 1,
            };
            Try(seed, () => Fail(seed, fault));
            struck += fault.Struck;
        }

        Assert.That(struck, Is.GreaterThan(50));
    }

    private static SimWorld Run(ulong seed)
    {
        SimWorld world = World(seed, SimRun.Policies[(int)(seed / 3 % 3)], 1 << (int)(seed % 3), out _);
        Try(seed, () =>
        {
            world.Start();
            world.Run();
            Settle(world);
            MessageCheck.Check(world);
            world.CheckHistory();
            world.Close();
            return 0;
        }, world);
        return world;
    }

    /// <summary>The power fails at some moment, after a log has failed or not. Then another server reads what
    /// is there, which must explain all that was answered and all that was heard.</summary>
    private static long Fail(ulong seed, SimDiskFault? fault)
    {
        SimSeed chance = new(seed ^ 0x3333);
        SimWorld world = World(seed, AppendFsync.Always, 1 << (int)(seed % 3), out List<string> keys);
        try
        {
            world.Start();
            if (fault != null) world.Disk.Faults.Add(fault);
            for (int i = 200 + chance.Below(3000); i >= 0 && !world.IsDone; i--) world.Step();
            world.EndScripts();
            world.Crash();
            world.Disk.Faults.Clear();
            long seen = world.History.Count(op => op.IsPending && op.Seen != long.MaxValue);
            world.Options = world.Options with { Cores = 1 + chance.Below(4) };
            world.Start();
            world.AddClient([new SimAction([["MGET", .. keys]])]);
            world.Run();
            CheckHeard(world, keys);
            // After a log's failure reads go on, and show what is only in memory.
            if (fault == null) world.CheckHistory();
            return seen;
        }
        finally
        {
            world.Dispose();
        }
    }

    /// <summary>Each key was written once: if somebody has heard of it, it is there.</summary>
    private static void CheckHeard(SimWorld world, List<string> keys)
    {
        string[] found = world.History[^1].Reply![1..^1].Split(',');
        foreach (SimOp op in world.History.Where(op => op.Seen != long.MaxValue))
        {
            foreach (string[] command in op.Action.Commands.Where(command => command[0] == "SET"))
            {
                if (found[keys.IndexOf(command[1])] == "_")
                    throw new SimFailureException($"{command[1]} is lost, seen at {op.Seen}, {op}");
            }
        }
    }

    private static SimWorld World(ulong seed, AppendFsync policy, int cores, out List<string> keys)
    {
        SimWorld world = new(seed, new SimServerOptions
        {
            Cores = cores,
            Fsync = policy,
            Events = KeyspaceEvents.KeyEvent | KeyspaceEvents.String,
            MailboxBytes = seed % 2 == 0 ? 4096 : 64 * 1024,
        });
        MessageScript script = new(new SimSeed(seed ^ 0x5A5A));
        bool vanishes = seed % 4 == 0;
        for (int i = 0; i < 3; i++) world.AddClient(script.Publisher(40, vanishes));
        for (int i = 0; i < 4; i++) world.AddListener(2 + (i % 2), script.Listener(8, vanishes));
        keys = script.Keys;
        return world;
    }

    /// <summary>All replies are there: now whoever reads slowly reads on, and what is on its way
    /// arrives.</summary>
    private static void Settle(SimWorld world)
    {
        const int stepsMax = 20_000;
        for (int i = 0; i < stepsMax && !MessageCheck.HasAll(world); i += 50)
        {
            foreach (SimListener listener in world.Listeners) listener.Read(long.MaxValue);
            for (int step = 0; step < 50; step++) world.Step();
        }
    }

    private static long Try(ulong seed, Func<long> run, SimWorld? world = null)
    {
        try
        {
            return run();
        }
        catch (Exception problem) when (problem is not NUnit.Framework.AssertionException)
        {
            throw new SimFailureException($"seed {seed}: {problem}");
        }
        finally
        {
            world?.Dispose();
        }
    }
}
