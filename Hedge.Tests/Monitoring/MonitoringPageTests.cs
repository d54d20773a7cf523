using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hedge.Host.Monitoring;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Monitoring;

/// <summary>The table of docs/monitoring.md is made from the declarations, and the dashboard and the alerts
/// name metrics that there are. To renew the table after a change:
/// HEDGE_TESTS_WRITE_DOCS=1 dotnet test --filter MonitoringPageTests.</summary>
[TestFixture]
[Category("fast")]
internal sealed class MonitoringPageTests
{
    private const string Start = "<!-- Made from the declarations; see MonitoringPageTests. -->\n";
    private const string Dashboard = "conf/grafana-dashboard.json";
    private const string Alerts = "conf/prometheus-alerts.yml";

    private static readonly Regex Name = new(@"\b(?:redis|hedge)_[a-z0-9_]+\b");

    [Test]
    public void The_table_says_what_the_declarations_say()
    {
        string path = Path.Combine(Repository.Root, "docs", "monitoring.md");
        string page = File.ReadAllText(path);
        string whole = page[..(page.IndexOf(Start, StringComparison.Ordinal) + Start.Length)] + Table();
        bool writes = Environment.GetEnvironmentVariable("HEDGE_TESTS_WRITE_DOCS") == "1";
        if (writes) File.WriteAllText(path, whole);
        Assert.That(File.ReadAllText(path), Is.EqualTo(whole));
    }

    [TestCase(Dashboard)]
    [TestCase(Alerts)]
    public void Every_metric_that_is_named_exists(string file)
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, file));
        HashSet<string> known = [.. AllMetrics.Families.SelectMany(NamesOf)];
        string[] named = [.. Name.Matches(text).Select(m => m.Value).Distinct()];
        Assert.That(named, Has.Length.GreaterThan(10));
        Assert.That(named.Except(known), Is.Empty);
    }

    [Test]
    public void Every_panel_of_the_dashboard_asks_for_something()
    {
        using JsonDocument document =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, Dashboard)));
        JsonElement[] panels = [.. document.RootElement.GetProperty("panels").EnumerateArray()
            .Where(p => p.GetProperty("type").GetString() != "row")];
        Assert.That(panels, Has.Length.GreaterThan(15));
        Assert.That(panels.Select(p => p.GetProperty("id").GetInt32()), Is.Unique);
        foreach (JsonElement panel in panels)
        {
            foreach (JsonElement target in panel.GetProperty("targets").EnumerateArray())
                Assert.That(Name.IsMatch(target.GetProperty("expr").GetString()!), $"{panel}");
        }
    }

    [Test]
    public void Every_alert_has_a_condition_and_says_what_to_do()
    {
        string[] alerts = File.ReadAllText(Path.Combine(Repository.Root, Alerts))
            .Split("- alert: ", StringSplitOptions.TrimEntries)[1..];
        Assert.That(alerts.Select(a => a.Split('\n')[0]), Is.Unique);
        Assert.That(alerts, Has.Length.GreaterThanOrEqualTo(10));
        foreach (string alert in alerts)
        {
            Assert.That(alert, Does.Contain("expr: ").And.Contain("severity: ").And.Contain("summary: ")
                .And.Contain("description: "));
        }
    }

    private static IEnumerable<string> NamesOf(MetricFamily family) => family.Type switch
    {
        MetricType.Histogram => [$"{family.Name}_bucket", $"{family.Name}_sum", $"{family.Name}_count"],
        MetricType.Summary => [family.Name, $"{family.Name}_sum", $"{family.Name}_count"],
        _ => [family.Name],
    };

    private static string Table()
    {
        var page = new StringBuilder("\n| Metric | Kind | Labels | What it says |\n|---|---|---|---|\n");
        foreach (MetricFamily family in AllMetrics.Families)
        {
            string labels = string.Join(", ", family.Labels.Select(label => $"`{label}`"));
#pragma warning disable CA1308 // As the format has it.
            page.Append($"| `{family.Name}` | {family.Type.ToString().ToLowerInvariant()} ");
#pragma warning restore CA1308
            page.Append($"| {labels} | {family.Help} |\n");
        }

        return page.ToString();
    }
}
