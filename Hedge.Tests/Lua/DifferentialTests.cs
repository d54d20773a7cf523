using System.Text.RegularExpressions;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Lua;

/// <summary>Random programs print in a machine what they print in Debian's <c>lua5.1</c>, however the run is
/// cut into slices. In all of them <c>print</c> suspends at each call.</summary>
[TestFixture]
[Category("diff")]
public sealed class DifferentialTests
{
    private const int BatchSize = 10_000;
    private const int Programs = 200_000;

    // Work of libraries counts here, and does not in lua5.1, which stops at 2,000,000 instructions.
    private const long BigSlicesMax = 40;
    private const long SmallSlicesMax = 5_000_000;

    // The address of a table in a text of the program's own; each Lua has others.
    private static readonly Regex Address = new("0[xX][0-9a-fA-F]{8}");

    private static readonly Regex Traversal = new("pairs|next|foreach");

    [Test]
    public async Task Random_programs_print_what_they_print_in_lua()
    {
        DifferentialRun.RequireLua();
        int seed = LuaSeed.Next();
        TestContext.Progress.WriteLine($"Lua programs: seed {seed}");
        var generator = new ProgramGenerator(seed);
        var run = new DifferentialRun();
        int skipped = 0;
        Batch next = Begin(generator);
        for (int done = 0; done < SimCounts.Times(Programs); done += BatchSize)
        {
            // lua5.1 runs the next programs meanwhile.
            Batch batch = next;
            next = Begin(generator);
            string[] expected = await batch.Expected;
            for (int i = 0; i < BatchSize; i++)
            {
                string program = batch.Programs[i];
                Slices slices = i % 32 == 0 ? Slices.Single : i % 16 == 0 ? Slices.Small : Slices.Big;
                long slicesMax = slices == Slices.Big ? BigSlicesMax : SmallSlicesMax;
                string? actual = run.Actual(program, slices, slicesMax);
                if (actual == expected[i]) continue;
                if (DifferentialRun.GaveUp(expected[i]) || Address.IsMatch(expected[i])
                    || IsOtherOrder(program, expected[i], actual)) skipped++;
                else Assert.That(actual, Is.EqualTo(expected[i]), $"seed {seed}, {slices}:\n{program}");
            }
        }

        await next.Expected;
        Figures.Count("lua-programs", ("programs", SimCounts.Times(Programs) - skipped), ("seed", seed),
            ("skipped", skipped), ("unexplained", 0));
        Assert.That(skipped, Is.LessThan(SimCounts.Times(Programs) / 100));
    }

    // Keys of 32 bytes and more have another hash, and so another place in pairs.
    private static bool IsOtherOrder(string program, string expected, string? actual) =>
        Traversal.IsMatch(program) && actual is not null
        && actual.Split('\n').Order().SequenceEqual(expected.Split('\n').Order());

    private static Batch Begin(ProgramGenerator generator)
    {
        string[] programs = [.. Enumerable.Range(0, BatchSize).Select(_ => generator.Next())];
        return new Batch(programs, Task.Run(() => DifferentialRun.Expected(programs)));
    }

    private sealed record Batch(string[] Programs, Task<string[]> Expected);
}
