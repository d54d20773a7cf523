using Hedge.Host.Settings;
using Hedge.Tests.Canary;
using Hedge.Tests.Processes;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Lua scripts over cold data, with keys that they name and keys that they do not, beside
/// transactions: nobody sees half of one, a crash at any moment leaves all or nothing of it, and nobody waits
/// for ever.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerScriptTests
{
    [Test]
    public void Histories_with_scripts_that_pause_are_linearizable()
    {
        long pauses = 0;
        foreach (ulong seed in SimCounts.Seeds(90))
        {
            new SimRun(seed).WithTransactions(3, 25, SimRun.ManyKeys, lists: seed % 3 == 0, scripts: true)
                .Execute(scripts => pauses += PausingRuns.Check(seed, Options(seed), scripts));
        }

        Figures.Count("scripts-histories", ("histories", SimCounts.Times(90)), ("pauses", pauses));
        Assert.That(pauses, Is.GreaterThan(1500));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_crash_in_a_pause_leaves_all_of_a_script_or_nothing(bool kills)
    {
        CrashSweep.Counts counts = new();
        long open = 0;
        foreach (ulong seed in SimCounts.Seeds(15))
        {
            SimServerOptions options = Options(seed) with { BlockCacheBytes = 4096, MemtableBytes = 512 };
            if (!kills) options = options with { Fsync = AppendFsync.Always };
            new SimRun(seed).WithTransactions(3, 15, SimRun.ManyKeys, scripts: true).Execute(
                scripts => CrashSweep.Run(seed, scripts, every: 2 + (int)(seed % 4), counts, options,
                    world => open += PausingRuns.IsAnyOpen(world) ? 1 : 0, kills, SimRun.ManyKeys));
        }

        counts.Write(kills ? "kill-sweep-scripts" : "crash-sweep-scripts");
        Figures.Count($"scripts-pauses-{(kills ? "kill" : "crash")}", ("steps", open));
        Assert.That(counts.Crashes, Is.GreaterThan(500));
        Assert.That(open, Is.GreaterThan(300));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void A_command_whose_record_cannot_be_read_fails_alone(int cores)
    {
        string[][] commands = [["SET", "new", "1"], ["GET", "a"], ["APPEND", "new", "2"], ["GET", "new"]];
        string reply = PausingRuns.RunUnreadable(cores,
            new SimAction(commands, Lua: new SimLua(Declares: false, 0)));
        Assert.That(reply, Does.Contain("IOERR the data could not be read: Input/output error"));
        Assert.That(reply, Does.StartWith("[+OK,-").And.EndWith(",:2,$12]"));
    }

    /// <summary>Whoever looks such a key up first removes it: that is a change before the script
    /// begins.</summary>
    [TestCase(1)]
    [TestCase(2)]
    public void Declared_keys_may_have_expired(int cores)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SimWorld world = new(seed, new SimServerOptions { Cores = cores });
            List<SimAction> actions = [];
            for (int i = 0; i < 40; i++)
            {
                actions.Add(SimAction.Of("SET", "a", $"{i}"));
                actions.Add(SimAction.Of("PEXPIRE", "a", "1"));
                actions.Add(new SimAction([["GET", "a"], ["GET", "b"]], Lua: new SimLua(Declares: true, 0)));
                actions.Add(SimAction.Of("SET", "b", $"{i}"));
                actions.Add(SimAction.Of("PEXPIRE", "b", $"{1 + (i % 3)}"));
                actions.Add(new SimAction([["SET", "c", "1"], ["GET", "b"]], Lua: new SimLua(true, 0)));
            }

            world.AddClient(actions);
            world.Complete();
        }
    }

    /// <summary>A bug is planted: the partitions of a script that pauses are free.</summary>
    [Test]
    [PlantedBug("a script that pauses gives its partitions back")]
    public void Pauses_that_give_the_partitions_back_are_found()
    {
        PausingRuns.MustBeFound(seed =>
        {
            List<List<SimAction>> scripts =
                new SimRun(seed).WithTransactions(1, 30, SimRun.ManyKeys, scripts: true).Scripts;
            // Others only read: a second one that writes breaks an invariant, which ends the process.
            scripts[0].RemoveAll(action => action.IsTransaction);
            scripts.AddRange(new SimRun(seed + 1).WithTransactions(3, 150, SimRun.ManyKeys).Scripts
                .Select(others => others.FindAll(action => action.Commands is [["GET" or "STRLEN", _]])));
            PausingRuns.Check(seed, Options(seed), scripts, PausingRuns.FreePartitions);
        });
    }

    /// <summary>A bug is planted: a script is resumed twice, so the command in which it has paused happens
    /// twice.</summary>
    [Test]
    [PlantedBug("a script is resumed twice")]
    public void Scripts_that_are_resumed_twice_are_found() => PausingRuns.MustBeFound(seed =>
        PausingRuns.Check(seed, Options(seed),
            new SimRun(seed).WithTransactions(3, 25, SimRun.ManyKeys, scripts: true).Scripts,
            TamperedScripts.ResumeTwice));

    private static SimServerOptions Options(ulong seed) => new()
    {
        Cores = 1 << (int)(seed % 3),
        Fsync = SimRun.Policies[(int)(seed / 3 % 3)],
        CommandsPerTurn = seed % 5 == 0 ? 1 + (int)(seed % 3) : null,
    };
}
