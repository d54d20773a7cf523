using System.Diagnostics;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Host.Scripting;
using Hedge.Tests.Lua;
using Hedge.Tests.Processes;
using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Scripting;

/// <summary>All functions that a script finds count what they take, in memory and in time; and one that does
/// not is found.</summary>
[TestFixture]
[Category("fast")]
public sealed class LibraryLimitTests
{
    [Test]
    public void All_functions_count_what_they_take()
    {
        int seed = LuaSeed.Next();
        TestContext.Progress.WriteLine($"limits of libraries: seed {seed}");
        var limits = new LibraryLimits(seed);
        IReadOnlyList<string> problems = limits.Run(SimCounts.Times(20));
        Figures.Count("library-limits", ("functions", limits.Functions.Count), ("calls", limits.Calls),
            ("seed", seed), ("uncounted", problems.Count));
        Assert.That(problems, Is.Empty, $"seed {seed}");
        string[] some = ["pcall", "string.rep", "table.concat", "math.random", "coroutine.wrap", "bit.tohex",
            "cjson.encode", "cmsgpack.pack", "struct.pack", "redis.sha1hex", "redis.call"];
        Assert.That(some, Is.SubsetOf(limits.Functions));
        Assert.That(limits.Successes, Is.GreaterThan(limits.Calls / 5));
    }

    /// <summary>Bugs are planted: long results, and short ones, whose memory nobody counts, and memory that
    /// nobody can find.</summary>
    [TestCase("long")]
    [TestCase("short")]
    [TestCase("hidden")]
    [PlantedBug("memory of a script's long result is not counted")]
    [PlantedBug("memory of a script's short results is not counted")]
    [PlantedBug("memory of a script is hidden")]
    public void Memory_that_is_not_counted_is_found(string kind)
    {
        HostBody bug = kind == "long" ? static c => c.Return(LuaString.Of(c.String(1).Span))
            : kind == "short" ? static c => c.Return(LuaString.Of(FirstOf(c)))
            : Hide;
        MustBeFound("string.reverse", bug, "bytes");
    }

    /// <summary>A bug is planted: work that the budget does not pay for.</summary>
    [Test]
    [PlantedBug("time of a script's function is not counted")]
    public void Time_that_is_not_counted_is_found() => MustBeFound("string.reverse", static c =>
    {
        c.String(1);
        long until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 4);
        while (c.Count > 1 && Stopwatch.GetTimestamp() < until)
        {
        }

        return LuaCall.Return();
    }, "in one step");

    private static ReadOnlySpan<byte> FirstOf(LuaCall c) =>
        c.String(1).Span[..Math.Min(20, c.String(1).Length)];

    // What belongs to a function is counted when it says so itself.
    private static LuaAction Hide(LuaCall c)
    {
        c.Machine.Memory.Charge(HostFunction.OwnBytes);
        return c.Return(new HostFunction("hides", static _ => LuaCall.Return(), new byte[2000]));
    }

    private static void MustBeFound(string function, HostBody bug, string problem)
    {
        void PlantIn(ScriptMachine machine)
        {
            string[] path = function.Split('.');
            LuaTable library = machine.Lua.Globals.Get(LuaString.Name(path[0])).AsTable!;
            LuaLibraries.Set(machine.Lua, library, path[1], bug);
        }

        IReadOnlyList<string> problems = new LibraryLimits(LuaSeed.Next(), PlantIn).Run(8, function);
        TestContext.Out.WriteLine(string.Join('\n', problems));
        Assert.That(problems, Is.Not.Empty);
        Assert.That(problems, Has.All.Contains(problem));
    }
}
