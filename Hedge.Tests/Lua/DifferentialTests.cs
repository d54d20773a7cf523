using System.Text.RegularExpressions;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Lua;

/// <summary>Random programs print in a machine what they print in Debian's <c>lua5.1</c>, however the run is
/// cut into slices. In all of them <c>print</c> suspends at each call.</summary>
[TestFixture]
[Category("soak")]
public sealed class DifferentialTests
{
    private const int BatchSize = 10_000;
    private const int Programs = 100_000;
    private const int TextMax = 1 << 20;
    private const long SlicesMax = 5_000_000;

    // The address of a table in a text of the program's own; each Lua has others.
    private static readonly Regex Address = new("0[xX][0-9a-fA-F]{8}");

    [Test]
    public void Random_programs_print_what_they_print_in_lua()
    {
        DifferentialRun.RequireLua();
        int seed = LuaSeed.Next();
        TestContext.Progress.WriteLine($"Lua programs: seed {seed}");
        var generator = new ProgramGenerator(seed);
        var run = new DifferentialRun();
        int skipped = 0;
        for (int done = 0; done < SimCounts.Times(Programs); done += BatchSize)
        {
            string[] programs = new string[BatchSize];
            for (int i = 0; i < BatchSize; i++) programs[i] = generator.Next();
            string[] expected = DifferentialRun.Expected(programs);
            for (int i = 0; i < BatchSize; i++)
            {
                Slices slices = i % 32 == 0 ? Slices.Single : i % 16 == 0 ? Slices.Small : Slices.Big;
                string? actual = run.Actual(programs[i], slices, slices == Slices.Big ? 1000 : SlicesMax);
                if (actual == expected[i]) continue;
                bool endless = expected[i].Contains("too long", StringComparison.Ordinal)
                    || expected[i].Length > TextMax;
                if (endless || Address.IsMatch(expected[i])) skipped++;
                else Assert.That(actual, Is.EqualTo(expected[i]), $"seed {seed}, {slices}:\n{programs[i]}");
            }
        }

        Assert.That(skipped, Is.LessThan(SimCounts.Times(Programs) / 100),
            "programs that print addresses, or too much");
    }
}
