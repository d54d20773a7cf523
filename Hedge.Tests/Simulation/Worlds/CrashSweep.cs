using System.Globalization;
using Hedge.Host.Settings;
using Hedge.Tests.Processes;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>
/// One run under appendfsync always with a power failure at every n-th operation that changes the disk: each
/// time a copy of the disk, as the failure leaves it, is recovered by a server of some other number of cores
/// and read; what it holds must fit what had been answered. </summary>
internal static class CrashSweep
{
    /// <summary>Carries out one sweep.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="scripts">The clients' scripts.</param>
    /// <param name="every">A crash at every so many changes of the disk.</param>
    /// <param name="counts">Counts up.</param>
    /// <param name="options">How the server is built; by default appendfsync always.</param>
    /// <param name="beforeStep">Called before every step of the run.</param>
    /// <param name="kills">The process is killed instead, whatever appendfsync says: at disk operations and
    /// between steps.</param>
    /// <param name="prefill">Keys that are on disk when the run begins.</param>
    public static void Run(ulong seed, List<List<SimAction>> scripts, int every, Counts counts,
        SimServerOptions? options = null, Action<SimWorld>? beforeStep = null, bool kills = false,
        string[]? prefill = null)
    {
        options ??= new SimServerOptions { Fsync = AppendFsync.Always };
        options = options with { Cores = 1 << (int)(seed % 3) };
        SimSeed chance = new(seed ^ 0x9999);
        List<SimWorld> copies = [];
        void Copy(SimWorld world)
        {
            SimServerOptions next = options with { Cores = 1 + chance.Below(4) };
            copies.Add(kills ? world.AfterKill(chance.Next(), next) : world.AfterCrash(chance.Next(), next));
        }

        SimWorld world = new(seed, options)
        {
            ForgetProbability = prefill is null ? 0.1 : 0.6,
            BeforeStep = world =>
            {
                beforeStep?.Invoke(world);
                if (kills && world.Steps % (5 * every) == 0) Copy(world);
            },
        };
        if (prefill is not null) world.Prefill(prefill);
        world.Disk.Trace = operation =>
        {
            if (operation.Kind is SimDiskOperationKind.Open or SimDiskOperationKind.Read
                or SimDiskOperationKind.List or SimDiskOperationKind.Start
                || world.Disk.Mutations % every != 0) return;
            Copy(world);
        };
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        try
        {
            world.Start();
            world.Run();
            world.CheckHistory();
        }
        finally
        {
            world.Dispose();
        }

        counts.Runs++;
        foreach (SimWorld copy in copies) Recover(copy, chance, counts, kills);
    }

    private static void Recover(SimWorld world, SimSeed chance, Counts counts, bool kills)
    {
        counts.Crashes++;
        counts.Answered += world.History.Count(op => op.Reply != null);
        try
        {
            int nested = chance.Chance(0.3) ? 1 + chance.Below(2) : 0;
            while (true)
            {
                world.Disk.CrashAt = nested-- > 0 ? world.Disk.Mutations + 1 + chance.Below(40) : 0;
                try
                {
                    world.Start();
                    world.Disk.CrashAt = 0;
                    break;
                }
                catch (SimCrashException)
                {
                    counts.Nested++;
                    if (kills) world.Kill();
                    else world.Crash();
                }
            }

            FileAudit.CheckStarted(world);
            world.AddClient([new SimAction([["MGET", .. SimRun.Keys]]), SimAction.Of("DBSIZE")]);
            world.Run();
            world.CheckHistory();
        }
        finally
        {
            world.Dispose();
        }
    }

    /// <summary>What sweeps have tried.</summary>
    internal sealed class Counts
    {
        public long Runs { get; set; }

        public long Crashes { get; set; }

        public long Nested { get; set; }

        /// <summary>Over all crashes, the requests that had been answered before, so that the recovered data
        /// had to show them.</summary>
        public long Answered { get; set; }

        /// <summary>Writes the figures.</summary>
        public void Write(string name) => Figures.Count(name, ("runs", Runs), ("crash-points", Crashes),
            ("crashes-in-recovery", Nested), ("answered", Answered), ("lost", 0));

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture,
                $"{Runs} runs, {Crashes} crashes, {Nested} in recovery");
    }
}
