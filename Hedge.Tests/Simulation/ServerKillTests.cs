using Hedge.Host.Settings;
using Hedge.Storage.Logs;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Under every appendfsync: whatever was answered is there after the process was killed at any
/// moment, and only what was sent; transactions whole or not at all.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerKillTests
{
    [TestCase(AppendFsync.EverySec, 24)]
    [TestCase(AppendFsync.No, 16)]
    [TestCase(AppendFsync.Always, 12)]
    public void A_kill_at_any_moment_loses_nothing_acknowledged(AppendFsync fsync, int seeds)
    {
        CrashSweep.Counts counts = new();
        foreach (ulong seed in SimCounts.Seeds(seeds))
        {
            SimServerOptions options = OptionsOf(seed, fsync);
            new SimRun(seed).WithScripts(clients: 3, operations: 30, padding: 200).Execute(scripts =>
                CrashSweep.Run(seed, scripts, every: 2 + (int)(seed % 5), counts, options, kills: true));
        }

        counts.Write($"kill-sweep-{fsync}");
        Assert.That(counts.Crashes, Is.GreaterThanOrEqualTo(20 * seeds), "kills");
    }

    [Test]
    public void The_server_goes_on_through_kills_and_power_failures_in_turn()
    {
        long lives = 0;
        foreach (ulong seed in SimCounts.Seeds(70))
        {
            new SimRun(seed).WithScripts(clients: 3, operations: 60, controls: seed % 2 == 0, padding: 200)
                .Execute(scripts => lives += Live(seed, scripts));
        }

        TestContext.Out.WriteLine($"{lives} lives");
        Assert.That(lives, Is.GreaterThan(140));
    }

    /// <summary>Small or no stages, values in the log or not: what is usual, and what waits for
    /// writes.</summary>
    private static SimServerOptions OptionsOf(ulong seed, AppendFsync fsync) => new()
    {
        Fsync = fsync,
        ShrinksRuns = seed % 4 != 0,
        MayStartFull = true,
        Log = new LogSettings
        {
            SegmentBytes = seed % 3 == 0 ? 4096 : 16 * 1024,
            StageSlots = (int)(seed % 4),
            StageSlotBytes = 8192 << (int)(seed % 2),
        },
    };

    private static int Live(ulong seed, List<List<SimAction>> scripts)
    {
        SimSeed chance = new(seed ^ 0x4321);
        bool always = seed % 3 == 0;
        SimServerOptions options = OptionsOf(seed, always ? AppendFsync.Always : AppendFsync.EverySec);
        return new SimLives(new SimWorld(seed, options), options, chance)
        {
            End = world =>
            {
                if (always && chance.Chance(0.5)) world.Crash();
                else world.Kill();
            },
        }.Run(scripts);
    }
}
