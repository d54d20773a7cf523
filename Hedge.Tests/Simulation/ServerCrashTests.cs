using System.Globalization;
using Hedge.Host.Settings;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>appendfsync always: whatever was answered is there after a power failure at any moment, and only
/// what was sent; transactions whole or not at all; also when the recovery itself is struck.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerCrashTests
{
    [Test]
    public void A_power_failure_at_any_disk_operation_loses_nothing_acknowledged()
    {
        CrashSweep.Counts counts = new();
        foreach (ulong seed in SimCounts.Seeds(105))
        {
            new SimRun(seed).WithScripts(clients: 3, operations: 30, padding: 200)
                .Execute(scripts => CrashSweep.Run(seed, scripts, every: 1 + (int)(seed % 3), counts));
        }

        counts.Write("crash-sweep");
        Assert.That(counts.Crashes, Is.GreaterThanOrEqualTo(10_000), "crash points");
        Assert.That(counts.Nested, Is.GreaterThanOrEqualTo(1_500), "crashes in recovery");
    }

    [Test]
    public void The_server_goes_on_through_many_lives()
    {
        long lives = 0;
        foreach (ulong seed in SimCounts.Seeds(90))
        {
            new SimRun(seed).WithScripts(clients: 3, operations: 60, controls: seed % 2 == 0, padding: 200)
                .Execute(scripts => lives += Live(seed, scripts));
        }

        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{lives} lives"));
        Assert.That(lives, Is.GreaterThan(180));
    }

    private static int Live(ulong seed, List<List<SimAction>> scripts)
    {
        SimServerOptions options = new() { Fsync = AppendFsync.Always };
        return new SimLives(new SimWorld(seed, options), options, new SimSeed(seed ^ 0x1234)).Run(scripts);
    }
}
