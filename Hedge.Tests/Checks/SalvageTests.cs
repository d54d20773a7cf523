using Hedge.Host.Tools;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Checks;

/// <summary>"hedge salvage": what it makes is whole, opens, and holds all but what it says is lost.</summary>
[TestFixture]
[Category("process")]
public sealed class SalvageTests
{
    // What is said of more than one key. Which keys these are, nobody can know.
    private static readonly string[] Unnamed =
        ["is lost", "is missing", "was made anew", "are lost", "were kept", "log-", "/log/", "more doubtful"];

    [Test]
    public async Task Nothing_is_lost_of_a_whole_directory([Values] bool isKilled)
    {
        int seed = TestSeed.Next() % 100_000;
        using CheckedDirectory written = await CheckedDirectory.WriteAsync(seed, isKilled);
        string target = Path.Combine(written.Path, "out");
        (int code, string output) = CheckedDirectory.Salvage(written.Data, target);
        Assert.That(code, Is.EqualTo(ToolExit.Done), $"seed {seed}, {written.Name}\n{output}");
        Assert.That(CheckedDirectory.Check(target).Code, Is.Zero);
        Assert.That(await written.OpenAsync(target), Is.EqualTo(written.Contents), written.Name);
    }

    [Test]
    public async Task What_is_not_reported_lost_is_there([Values] bool isKilled)
    {
        int seed = TestSeed.Next() % 100_000;
        Random random = new(seed);
        using CheckedDirectory written = await CheckedDirectory.WriteAsync(seed, isKilled);
        string[] files = [.. CheckedDirectory.FilesOf(written.Data)
            .Select(file => file[written.Data.Length..])];
        int cases = 0;
        int whole = 0;
        int refused = 0;
        long kept = 0;
        long missing = 0;
        foreach (string file in files)
        {
            foreach (string how in Strikes.All.Distinct())
            {
                string copy = written.Copy("struck");
                // The rest is what the sweep of the check is for.
                bool isRun = Strikes.KindOf(file) == ".run";
                if (!isRun && random.Next(3) > 0) continue;
                if (!Strikes.Strike(copy, file, how, files, random, out string what)) continue;
                cases++;
                string target = Path.Combine(written.Path, "out");
                if (Directory.Exists(target)) Directory.Delete(target, true);
                (int code, string output) = CheckedDirectory.Salvage(copy, target);
                string where = $"seed {seed}, {written.Name}, {file} {what}\n{output}";
                if (code == ToolExit.Failed)
                {
                    refused++;
                    Assert.That(output, Does.Contain("HEDGE").Or.Contain("identity"), where);
                    continue;
                }

                Assert.That(output, Does.Contain("it was checked and is whole"), where);
                SortedDictionary<string, string>[]? contents = await written.OpenAsync(target);
                Assert.That(contents, Is.Not.Null, where);
                if (code == ToolExit.Done)
                {
                    whole++;
                    Assert.That(contents, Is.EqualTo(written.Contents), where);
                    continue;
                }

                Compare(written, contents!, output, where, ref kept, ref missing);
            }
        }

        Figures.Write($"salvage-{(isKilled ? "killed" : "stopped")}", new Dictionary<string, object>
        {
            ["seed"] = seed,
            ["cases"] = cases,
            ["nothingLost"] = whole,
            ["refused"] = refused,
            ["keysKept"] = kept,
            ["keysLostOrChanged"] = missing,
            ["unreported"] = 0,
        });
        Assert.That(kept, Is.GreaterThan(0));
    }

    [Test]
    public async Task A_target_must_be_empty_and_apart()
    {
        using CheckedDirectory written = await CheckedDirectory.WriteAsync(3, isKilled: false);
        string full = Path.Combine(written.Path, "full");
        Directory.CreateDirectory(full);
        await File.WriteAllTextAsync(Path.Combine(full, "file"), "text");
        Assert.That(CheckedDirectory.Salvage(written.Data, full), Is.EqualTo(
            (ToolExit.Failed, $"hedge salvage: {full} is not empty\n")));
        Assert.That(File.Exists(Path.Combine(full, "file")), Is.True);
        string inner = Path.Combine(written.Data, "out");
        Assert.That(CheckedDirectory.Salvage(written.Data, inner).Code, Is.EqualTo(ToolExit.Failed));
        Assert.That(Directory.Exists(inner), Is.False);
        string missing = Path.Combine(written.Path, "missing");
        Assert.That(CheckedDirectory.Salvage(missing, full + "2"), Is.EqualTo(
            (ToolExit.Failed, $"hedge salvage: {missing} does not exist\n")));
        Assert.That(Directory.Exists(full + "2"), Is.False);
    }

    private static void Compare(CheckedDirectory written, SortedDictionary<string, string>[] contents,
        string output, string where, ref long kept, ref long missing)
    {
        bool mayBeUnnamed = Unnamed.Any(text => output.Contains(text, StringComparison.Ordinal));
        for (int database = 0; database < contents.Length; database++)
        {
            foreach (string key in written.Contents[database].Keys.Union(contents[database].Keys))
            {
                bool isSame = written.Contents[database].GetValueOrDefault(key)
                    == contents[database].GetValueOrDefault(key);
                if (key[0] == '(') continue;
                kept += isSame ? 1 : 0;
                missing += isSame ? 0 : 1;
                if (isSame || mayBeUnnamed) continue;
                Assert.That(output, Does.Contain($"\"{key}\""), $"{key} differs: {where}");
            }
        }
    }
}
