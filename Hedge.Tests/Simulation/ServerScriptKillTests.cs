using System.Globalization;
using Hedge.Tests.Canary;
using Hedge.Tests.Processes;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>SCRIPT KILL at any moment, beside scripts that take many turns and pause for cold data: a script
/// that is ended by it has done nothing, and one that has written is not ended.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerScriptKillTests
{
    private const int Kills = 250;

    [Test]
    public void A_script_that_is_killed_has_done_nothing()
    {
        Counts counts = new();
        foreach (ulong seed in SimCounts.Seeds(30))
            new SimRun(seed).WithScripts(Scripts(seed)).Execute(scripts => Run(seed, scripts, null, counts));
        Figures.Count("script-kills", ("histories", SimCounts.Times(30)), ("killed", counts.Killed),
            ("unkillable", counts.Unkillable));
        Assert.That(counts.Killed, Is.GreaterThan(100));
        Assert.That(counts.Unkillable, Is.GreaterThan(100));
    }

    /// <summary>A bug is planted: scripts are killed after they have written.</summary>
    [Test]
    [PlantedBug("a script is killed after it has written")]
    public void A_kill_after_a_write_is_found() => PausingRuns.MustBeFound(seed =>
        Run(seed, Scripts(seed), TamperedScripts.ForgetWrites, new Counts()));

    // Two clients with scripts of many turns, one that kills, one that reads what there is between.
    private static List<List<SimAction>> Scripts(ulong seed)
    {
        List<List<SimAction>> scripts =
        [
            .. new SimRun(seed).WithTransactions(2, 80, SimRun.ManyKeys, scripts: true).Scripts
                .Select(script => script.FindAll(action => action.Lua != null).ConvertAll(Prolong)),
        ];
        scripts.Add([.. Enumerable.Repeat(SimAction.Of("SCRIPT", "KILL"), Kills)]);
        scripts.Add(new SimRun(seed + 1).WithTransactions(1, 150, SimRun.ManyKeys).Scripts[0]
            .FindAll(action => action.Commands is [["GET" or "STRLEN", _]]));
        return scripts;
    }

    // It spins before each command, and reads before it writes, so that most kills come before that.
    private static SimAction Prolong(SimAction script) => script with
    {
        Commands = [.. script.Commands.OrderBy(command => command is not ["GET" or "STRLEN" or "MGET", ..])],
        Lua = script.Lua! with { Spins = 12_000 },
    };

    private static void Run(ulong seed, List<List<SimAction>> scripts, Action<SimWorld>? beforeStep,
        Counts counts)
    {
        SimServerOptions options = new()
        {
            Cores = 1 << (int)(seed % 3),
            Fsync = SimRun.Policies[(int)(seed / 3 % 3)],
        };
        SimWorld world = new(seed, options) { BeforeStep = beforeStep, ForgetProbability = 0.4 };
        world.Prefill(SimRun.ManyKeys);
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        world.Complete(done =>
        {
            counts.Killed += done.History.Count(op => op.WasKilled);
            counts.Unkillable += done.History.Count(op =>
                op.Reply?.StartsWith("-UNKILLABLE", StringComparison.Ordinal) == true);
        });
    }

    private sealed class Counts
    {
        public int Killed { get; set; }

        public int Unkillable { get; set; }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Killed} scripts killed, {Unkillable} not, since they had written");
    }
}
