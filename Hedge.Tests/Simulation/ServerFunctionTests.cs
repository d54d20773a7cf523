using Hedge.Host.Settings;
using Hedge.Storage.Manifests;
using Hedge.Tests.Processes;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Functions that clients load, replace and delete at the same time, whatever appendfsync says: what
/// was acknowledged is there after a power failure at any operation of the disk.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerFunctionTests
{
    private const string NotFound = "-ERR Function not found";

    [Test]
    public void Acknowledged_functions_are_there_after_a_crash()
    {
        int crashes = 0;
        foreach (ulong seed in SimCounts.Seeds(20)) crashes += Sweep(seed, null);
        Figures.Count("crash-sweep-functions", ("crash-points", crashes), ("lost", 0));
        Assert.That(crashes, Is.GreaterThan(500));
    }

    /// <summary>A bug is planted: the reply does not wait for the file.</summary>
    [Test]
    [PlantedBug("FUNCTION LOAD replies before its file is safe")]
    public void A_function_that_is_lost_at_a_crash_is_found()
    {
        void PlantIn(SimWorld world) =>
            world.Server!.Group.Server.Functions.ReplaceFile = (core, name, content) =>
            {
                world.Server.Engine.ReplaceFile(core, name, content);
                FileReplacement replacement = new();
                replacement.End(null);
                return replacement;
            };
        Assert.That(() =>
        {
            for (ulong seed = 1; seed <= 20; seed++) Sweep(seed, PlantIn);
        }, Throws.TypeOf<SimFailureException>());
    }

    private static int Sweep(ulong seed, Action<SimWorld>? afterStart)
    {
        SimSeed chance = new(seed);
        AppendFsync fsync = SimRun.Policies[chance.Below(3)];
        SimServerOptions options = new() { Cores = 1 << chance.Below(3), Fsync = fsync };
        SimWorld world = new(seed, options);
        List<SimWorld> copies = [];
        int version = 0;
        for (int i = 0; i < 3; i++)
            world.AddClient(Enumerable.Range(0, 8).Select(_ => Change(chance, ref version)).ToList());
        try
        {
            world.Start();
            afterStart?.Invoke(world);
            world.Disk.Trace = operation =>
            {
                if (operation.Kind is SimDiskOperationKind.Read || world.Disk.Mutations % 3 != 0) return;
                copies.Add(world.AfterCrash(chance.Next(), options with { Cores = 1 + chance.Below(4) }));
            };
            world.Run();
            world.Disk.Trace = null;
            Check(world, seed);
            // Changes of clients that have vanished come to their ends.
            for (int i = 0; i < 300; i++) world.Step();
            string before = Ask(world);
            world.Close();
            world.Start();
            string after = Ask(world);
            if (after != before)
                throw new SimFailureException($"seed {seed}: {before} becomes {after} at a restart");
            world.Close();
        }
        finally
        {
            world.Dispose();
        }

        foreach (SimWorld copy in copies) StartAndCheck(copy, seed);
        return copies.Count;
    }

    private static SimAction Change(SimSeed chance, ref int version)
    {
        if (chance.Chance(0.15)) return new SimAction([], Control: SimControl.Vanish);
        if (chance.Chance(0.15)) return SimAction.Of("FUNCTION", "DELETE", "versions");
        version++;
        return SimAction.Of("FUNCTION", "LOAD", "REPLACE", "#!lua name=versions\n"
            + $"redis.register_function('version', function() return {version} end)");
    }

    private static void StartAndCheck(SimWorld world, ulong seed)
    {
        try
        {
            world.Start();
            Check(world, seed);
        }
        finally
        {
            world.Dispose();
        }
    }

    private static void Check(SimWorld world, ulong seed)
    {
        List<SimOp> changes = world.History.FindAll(change => change.Invoke != long.MaxValue);
        string reply = Ask(world);
        // Those that no acknowledged change is surely later than.
        List<SimOp> done = changes.FindAll(change => change.Reply is { } text && !text.StartsWith('-'));
        List<string> possible = [.. changes.Where(change => change.Reply is null || done.Contains(change))
            .Where(change => done.TrueForAll(later => later.Invoke < change.Return)).Select(ResultOf)];
        if (done.Count == 0) possible.Add(NotFound);
        if (!possible.Contains(reply))
        {
            throw new SimFailureException($"seed {seed}: {reply} instead of "
                + $"{string.Join(" or ", possible)}:\n{string.Join('\n', changes)}");
        }
    }

    private static string Ask(SimWorld world)
    {
        world.AddClient([SimAction.Of("FCALL", "version", "0")]);
        world.Run();
        return world.History[^1].Reply!;
    }

    private static string ResultOf(SimOp change)
    {
        if (change.Action.Commands[0][1] == "DELETE") return NotFound;
        string text = change.Action.Commands[0][3];
        return ":" + text.Split("return ")[1].Split(' ')[0];
    }
}
