using Hedge.Host.Tools;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Checks;

/// <summary>Every file of a directory is flipped, cut, zeroed, removed, exchanged. What the check calls
/// whole, a server must open and answer as if nothing had happened.</summary>
[TestFixture]
[Category("process")]
public sealed class CheckDamageTests
{
    [Test]
    public async Task No_damage_is_silent([Values] bool isKilled)
    {
        int seed = TestSeed.Next() % 100_000;
        Random random = new(seed);
        using CheckedDirectory written = await CheckedDirectory.WriteAsync(seed, isKilled);
        string[] files = [.. CheckedDirectory.FilesOf(written.Data)
            .Select(file => file[written.Data.Length..])];
        int cases = 0;
        int harmless = 0;
        SortedDictionary<string, int> found = new(StringComparer.Ordinal);
        foreach (string file in files)
        {
            foreach (string how in Strikes.All)
            {
                string copy = written.Copy("struck");
                if (!Strikes.Strike(copy, file, how, files, random, out string what)) continue;
                cases++;
                (int code, string output) = CheckedDirectory.Check(copy);
                string where = $"seed {seed}, {written.Name}, {file} {what}\n{output}";
                Assert.That(code, Is.EqualTo(ToolExit.Done).Or.EqualTo(ToolExit.Incomplete)
                    .Or.EqualTo(ToolExit.Failed), where);
                string kind = Strikes.KindOf(file);
                found[kind] = found.GetValueOrDefault(kind) + (code != ToolExit.Done ? 1 : 0);
                if (code != ToolExit.Done) continue;
                harmless++;
                // The stage file counts as long as the machine goes on.
                Assert.That(await written.OpenAsync(copy), Is.EqualTo(written.Contents), where);
            }
        }

        Figures.Write($"check-damage-{(isKilled ? "killed" : "stopped")}", new Dictionary<string, object>
        {
            ["seed"] = seed,
            ["cases"] = cases,
            ["found"] = cases - harmless,
            ["harmless"] = harmless,
            ["silent"] = 0,
        });
        await TestContext.Out.WriteLineAsync(
            $"seed {seed}, {written.Name}: {cases} cases, {harmless} harmless; "
            + string.Join(", ", found.Select(each => $"{each.Key} {each.Value}")));
    }
}
