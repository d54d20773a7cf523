using System.Globalization;
using System.Reflection;
using System.Text;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Reliability;

/// <summary>docs/reliability.md is made from docs/reliability.json and the planted bugs. To renew it after a
/// change: HEDGE_TESTS_WRITE_DOCS=1 dotnet test --filter ReliabilityPageTests.</summary>
[TestFixture]
[Category("fast")]
public sealed class ReliabilityPageTests
{
    private static readonly IReadOnlyList<ReliabilityRow> Rows = ReliabilityRow.ReadAll();

    [Test]
    public void The_page_says_what_the_rows_say()
    {
        string path = Path.Combine(Repository.Root, "docs", "reliability.md");
        string page = Page();
        bool writes = Environment.GetEnvironmentVariable("HEDGE_TESTS_WRITE_DOCS") == "1";
        if (writes) File.WriteAllText(path, page);
        Assert.That(File.ReadAllText(path), Is.EqualTo(page));
    }

    [Test]
    public void Every_row_names_tests_that_exist()
    {
        Assembly assembly = typeof(ReliabilityPageTests).Assembly;
        Assert.Multiple(() =>
        {
            foreach (ReliabilityRow row in Rows)
            {
                Assert.That(row.Tests, Is.Not.Empty, row.Promise);
                foreach (string test in row.Tests)
                {
                    int dot = test.LastIndexOf('.');
                    Type? type = assembly.GetType(test) ?? assembly.GetType(test[..dot]);
                    bool isThere = type is not null && type.GetMethods().Any(method =>
                        PlantedBugAttribute.IsRun(method)
                        && (type.FullName == test || method.Name == test[(dot + 1)..]));
                    Assert.That(isThere, $"{row.Promise}: there is no test {test}");
                }
            }
        });
    }

    [Test]
    public void Every_row_has_a_figure_that_is_what_is_wanted_or_a_reason() => Assert.Multiple(() =>
    {
        foreach (ReliabilityRow row in Rows)
        {
            string? shortfall = row.Shortfall();
            if (shortfall is null)
                Assert.That(row.Reason, Is.Empty, $"{row.Promise}: it is reached, so it needs no reason");
            else
                Assert.That(row.Reason, Is.Not.Empty, $"{row.Promise}: {shortfall}, and no reason is given");
        }
    });

    [Test]
    public void Every_planted_bug_has_a_test_that_is_run()
    {
        Assert.That(PlantedBugAttribute.All.Select(planted => planted.Bug), Is.Unique);
        foreach ((MethodInfo test, string bug) in PlantedBugAttribute.All)
            Assert.That(PlantedBugAttribute.IsRun(test), $"{bug}: {test.Name} is not run");
    }

    private static string Page()
    {
        StringBuilder page = new("""
            # Reliability

            What Hedge promises, what a test of it should reach, and what the last runs have reached. How
            the tests work is in [testing.md](testing.md). Figures of CI are those of `scripts/test.sh`; the
            long run is one with `--soak` or `HEDGE_TEST_SCALE`, row by row the last one there was. They are
            counts, not times, unless they say so; the machine had two cores and was shared with builds.
            "Bad" counts what the promise excludes. This page is made from
            [reliability.json](reliability.json), into which `scripts/reliability.py` takes what the tests
            write; a row that does not reach what is wanted says so.

            | Promise | Wanted | CI | Long run | Tests |
            |---|---|---|---|---|

            """);
        foreach (ReliabilityRow row in Rows)
        {
            string note = row.Note.Length > 0 ? $" ({row.Note})" : "";
            string reason = row.Reason.Length > 0 ? $" **Not reached: {row.Reason}**" : "";
            page.Append(CultureInfo.InvariantCulture, $"| {row.Promise}{note} | {row.Wanted} | ")
                .Append(CultureInfo.InvariantCulture, $"{Shown(row, row.Ci)} | ")
                .Append(CultureInfo.InvariantCulture, $"{Shown(row, row.Long)}{reason} | ")
                .Append(string.Join(", ", row.Tests.Select(Short).Distinct())).Append(" |\n");
        }

        page.Append(CultureInfo.InvariantCulture, $"""

            ## Planted bugs
            A test that has never failed proves little. So bugs are planted, and the tests must find each of
            them: {PlantedBugAttribute.All.Count}. Each stands at its test as `[PlantedBug("…")]`.

            | Bug | Found by |
            |---|---|

            """);
        foreach ((MethodInfo test, string bug) in PlantedBugAttribute.All)
        {
            page.Append(CultureInfo.InvariantCulture,
                $"| {bug} | `{test.DeclaringType!.Name}.{test.Name}` |\n");
        }

        return page.ToString();
    }

    private static string Shown(ReliabilityRow row, ReliabilityFigures? figures)
    {
        if (row.Counts.Length > 0)
        {
            string all = $"{PlantedBugAttribute.All.Count} of {PlantedBugAttribute.All.Count} {row.Unit}";
            return ReferenceEquals(figures, row.Long) && figures is not null ? "same" : all;
        }

        if (figures is null) return "–";
        List<string> parts = [];
        if (row.Unit.Length > 0) parts.Add($"{Number(figures.Count)} {row.Unit}");
        if (figures.None is { } none) parts.Add($"{Number(none)} bad");
        if (row.Worst is { } worst) parts.Add($"{Number(figures.Worst)} {worst.Unit}");
        List<string> run = [figures.Date, .. figures.Commits];
        if (figures.Scale.Count > 0) run.Add($"× {string.Join(", ", figures.Scale)}");
        if (figures.Seeds.Count is > 0 and <= 4) run.Add($"seed {string.Join(", ", figures.Seeds)}");
        return $"{string.Join(", ", parts)} ({string.Join(", ", run)})";
    }

    private static string Short(string test)
    {
        string[] words = test.Split('.');
        return $"`{words.Skip(2).First(word => word.EndsWith("Tests", StringComparison.Ordinal))}`";
    }

    private static string Number(double number) => number.ToString("#,0.#", CultureInfo.InvariantCulture);
}
