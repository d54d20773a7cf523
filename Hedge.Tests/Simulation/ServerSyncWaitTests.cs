using Hedge.Host.Settings;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>WAITAOF: what was written before its reply outlives a loss of power, whatever the
/// policy.</summary>
[TestFixture]
[Category("sim")]
public sealed class ServerSyncWaitTests
{
    [Test]
    public void What_was_waited_for_outlives_a_loss_of_power(
        [Values(1, 2, 4)] int cores, [Values(AppendFsync.EverySec, AppendFsync.No)] AppendFsync policy)
    {
        var options = new SimServerOptions { Cores = cores, Fsync = policy };
        int lostWithout = 0;
        for (ulong seed = 1; seed <= 12; seed++)
        {
            lostWithout += LostKeys(seed, options, waits: false);
            Assert.That(LostKeys(seed, options, waits: true), Is.Zero, $"seed {seed}");
        }

        // So the test could fail.
        Assert.That(lostWithout, Is.Positive);
    }

    // Keys that are gone after a crash that follows the last reply at once.
    private static int LostKeys(ulong seed, SimServerOptions options, bool waits)
    {
        const int keys = 24;
        var world = new SimWorld(seed, options);
        world.Start();
        for (int i = 0; i < keys; i++)
            Assert.That(Call(world, "SET", $"key{i}", $"{seed}"), Is.EqualTo("+OK"));
        if (waits) Assert.That(Call(world, "WAITAOF", "1", "0", "0"), Is.EqualTo("[:1,:0]"));
        string kept = Call(world, "GET", "key0");
        world.Crash();
        world.Start();
        int lost = Enumerable.Range(0, keys).Count(i => Call(world, "GET", $"key{i}") != kept);
        world.Dispose();
        return lost;
    }

    private static string Call(SimWorld world, params string[] words)
    {
        SimClient client = world.AddClient([SimAction.Of(words)]);
        for (int i = 0; i < 100_000; i++)
        {
            if (world.History.Find(op => op.Client == client.Index) is { IsPending: false } op)
                return op.Reply!;
            world.Step();
        }

        throw new SimFailureException($"{words[0]} is not answered");
    }
}
