using NUnit.Framework;

namespace Hedge.Tests.Commands;

/// <summary>One section of a file in Cases: commands that run in order on empty databases, with Redis's
/// replies.</summary>
public sealed record RecordedSection(string File, string Name,
    IReadOnlyList<(string Command, string Reply)> Steps)
{
    public override string ToString() => $"{File}: {Name}";
}

/// <summary>
/// Command lines with the replies (RESP2, shown by <see cref="ReplyReader.Show"/>) that redis-server 7.0.15
/// gave, in Hedge.Tests/Commands/Cases/*.txt:
/// <code>
/// # name of the section
/// &gt; command line
/// reply
/// </code>
/// To record new lines (without replies or with old ones) set HEDGE_RECORD=1 and run <see
/// cref="RecordedOracleTests"/>.
/// </summary>
public static class RecordedCases
{
    /// <summary>All sections of all files.</summary>
    public static IEnumerable<RecordedSection> All() =>
        Directory.GetFiles(Folder(), "*.txt").Order(StringComparer.Ordinal).SelectMany(Read);

    /// <summary>Writes the sections of one file.</summary>
    public static void Write(string file, IEnumerable<RecordedSection> sections)
    {
        var lines = new List<string>();
        foreach (RecordedSection section in sections)
        {
            if (lines.Count > 0) lines.Add("");
            lines.Add("# " + section.Name);
            foreach ((string command, string reply) in section.Steps) lines.AddRange(["> " + command, reply]);
        }

        File.WriteAllText(Path.Combine(Folder(), file), string.Join('\n', lines) + "\n");
    }

    private static string Folder()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Hedge.sln"))) folder = Path.GetDirectoryName(folder)!;
        return Path.Combine(folder, "Hedge.Tests", "Commands", "Cases");
    }

    private static IEnumerable<RecordedSection> Read(string path)
    {
        string name = "";
        var steps = new List<(string, string)>();
        string file = Path.GetFileName(path);
        foreach (string line in File.ReadAllLines(path))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                if (steps.Count > 0) yield return new RecordedSection(file, name, steps);
                (name, steps) = (line[2..], []);
            }
            else if (line.StartsWith("> ", StringComparison.Ordinal))
            {
                steps.Add((line[2..], ""));
            }
            else if (line.Length > 0)
            {
                steps[^1] = (steps[^1].Item1, line);
            }
        }

        if (steps.Count > 0) yield return new RecordedSection(file, name, steps);
    }
}

[TestFixture]
[Category("fast")]
public sealed class RecordedTests
{
    [Test]
    [TestCaseSource(typeof(RecordedCases), nameof(RecordedCases.All))]
    public void Replies_are_the_recorded_ones_however_often_look_ups_miss(RecordedSection section)
    {
        foreach (bool missesFirst in (bool[])[false, true])
        {
            using var harness = new CommandHarness(missesFirst);
            foreach ((string command, string reply) in section.Steps)
            {
                string actual = ReplyReader.Show(harness.Execute(CommandLine.Split(command)));
                Assert.That(actual, Is.EqualTo(reply), command);
            }
        }
    }
}

[TestFixture]
[Category("diff")]
public sealed class RecordedOracleTests : OracleFixture
{
    [Test]
    [TestCaseSource(typeof(RecordedCases), nameof(RecordedCases.All))]
    public void Recorded_cases_are_the_same_in_redis_and_in_both_protocols(RecordedSection section) =>
        Same(section.Steps.Select(step => step.Command).ToArray());

    [Test]
    public void Recorded_replies_are_those_of_redis()
    {
        bool records = Environment.GetEnvironmentVariable("HEDGE_RECORD") == "1";
        foreach (IGrouping<string, RecordedSection> file in RecordedCases.All().GroupBy(s => s.File))
        {
            var sections = new List<RecordedSection>();
            foreach (RecordedSection section in file)
            {
                Reset(protocol: 2);
                sections.Add(section with
                {
                    Steps = section.Steps.Select(step =>
                        (step.Command,
                            ReplyReader.Show(Redis.Execute(CommandLine.Split(step.Command))))).ToList(),
                });
                if (!records) Assert.That(sections[^1].Steps, Is.EqualTo(section.Steps), section.ToString());
            }

            if (records) RecordedCases.Write(file.Key, sections);
        }
    }
}
