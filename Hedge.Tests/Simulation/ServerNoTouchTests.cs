using System.Globalization;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>CLIENT NO-TOUCH, whichever core has the key.</summary>
[TestFixture]
[Category("sim")]
public sealed class ServerNoTouchTests
{
    private static readonly string[] Keys = [.. Enumerable.Range(0, 8).Select(i => $"key:{i}")];

    [Test]
    public void Look_ups_of_a_NO_TOUCH_client_are_no_use_of_keys_on_any_core([Values(1, 2)] int cores)
    {
        long forwarded = 0;
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimWorld world = new(seed, new SimServerOptions { Cores = cores }) { ForgetProbability = 0 };
            try
            {
                world.Start();
                Run(world, Keys.Select(key => $"SET {key} 1"));
                world.Clock.Advance(100_000_000);
                Run(world, ["CLIENT NO-TOUCH ON", .. Keys.Concat(Keys).Select(key => $"GET {key}")]);
                foreach (SimOp op in Run(world, Keys.Select(key => $"OBJECT IDLETIME {key}")))
                    Assert.That(Number(op), Is.GreaterThan(90), $"seed {seed}");
                forwarded += world.Server!.Group.Server.Statistics.Sum(c => c.Counters.CommandsForwarded);
                Run(world, ["CLIENT NO-TOUCH ON", .. Keys.Select(key => $"TOUCH {key}")]);
                foreach (SimOp op in Run(world, Keys.Select(key => $"OBJECT IDLETIME {key}")))
                    Assert.That(Number(op), Is.LessThan(50), $"seed {seed}");
            }
            finally
            {
                world.Dispose();
            }
        }

        Assert.That(forwarded, cores > 1 ? Is.Positive : Is.Zero);
    }

    private static SimOp[] Run(SimWorld world, IEnumerable<string> lines)
    {
        SimClient client = world.AddClient(lines.Select(line => new SimAction([line.Split(' ')])));
        world.Run();
        return [.. world.History.Where(op => op.Client == client.Index)];
    }

    private static long Number(SimOp op) => long.Parse(op.Reply!.AsSpan(1), CultureInfo.InvariantCulture);
}
