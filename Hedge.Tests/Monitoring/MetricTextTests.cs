using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Monitoring;
using Hedge.Host.Servers;
using Hedge.Host.Statistics;
using Hedge.Storage.Io.Services;
using Hedge.Storage.Logs;
using NUnit.Framework;

namespace Hedge.Tests.Monitoring;

/// <summary>Numbers, labels and histograms as Prometheus reads them.</summary>
[TestFixture]
[Category("fast")]
internal sealed class MetricTextTests
{
    [TestCase(0, "0")]
    [TestCase(-1, "-1")]
    [TestCase(1e15, "1000000000000000")]
    [TestCase(0.25, "0.25")]
    [TestCase(1e300, "1E+300")]
    [TestCase(double.NaN, "NaN")]
    [TestCase(double.PositiveInfinity, "+Inf")]
    [TestCase(double.NegativeInfinity, "-Inf")]
    public void Numbers_are_written_as_the_format_wants(double value, string expected) =>
        Assert.That(MetricText.Number(value), Is.EqualTo(expected));

    [Test]
    public void Labels_are_escaped_and_cut()
    {
        var text = new MetricText(isOpenMetrics: false);
        text.Sample("m", [("a", "x\\y\"z\n"), ("b", new string('b', 1000))], 1);
        string cut = new('b', MetricText.LabelCharactersMax);
        Assert.That(Text(text), Is.EqualTo($"m{{a=\"x\\\\y\\\"z\\n\",b=\"{cut}\"}} 1\n"));
        var pair = new MetricText(isOpenMetrics: false);
        pair.Sample("m", [("a", new string('a', MetricText.LabelCharactersMax - 1) + "😀")], 1);
        Assert.That(Text(pair), Does.EndWith("aa\"} 1\n"), "no half of a character");
    }

    [Test]
    public void A_histogram_sums_up_its_buckets()
    {
        var histogram = new LatencyHistogram();
        foreach (long microseconds in (long[])[0, 1, 3, 3, 900, 5_000_000]) histogram.Record(microseconds);
        var counts = new long[22];
        histogram.AddByPower(counts);
        var text = new MetricText(isOpenMetrics: false);
        text.Times("t", [("a", "b")], counts, histogram.Microseconds);
        string all = Text(text);
        Assert.That(all, Does.StartWith("t_bucket{a=\"b\",le=\"0.000001\"} 1\n"));
        Assert.That(all, Does.Contain("le=\"0.000002\"} 2\n").And.Contain("le=\"0.000004\"} 4\n"));
        Assert.That(all, Does.Contain("le=\"0.000512\"} 4\n").And.Contain("le=\"0.001024\"} 5\n"));
        Assert.That(all, Does.Contain("le=\"1.048576\"} 5\n").And.Contain("le=\"+Inf\"} 6\n"));
        Assert.That(all, Does.EndWith("t_sum{a=\"b\"} 5.000907\nt_count{a=\"b\"} 6\n"));
    }

    [Test]
    public void Every_value_is_in_the_power_s_bucket_that_it_is_below()
    {
        for (long value = 0; value < 1 << 20; value = (value * 5 / 4) + 1)
        {
            var histogram = new LatencyHistogram();
            histogram.Record(value);
            var counts = new long[22];
            histogram.AddByPower(counts);
            int bucket = Array.IndexOf(counts, 1);
            Assert.That(value, Is.LessThan(1L << bucket));
            if (bucket > 0) Assert.That(value, Is.GreaterThanOrEqualTo(1L << (bucket - 1)));
        }
    }

    [Test]
    public void Syncs_are_counted_by_powers_of_two()
    {
        var times = new SyncTimes();
        foreach (long microseconds in (long[])[-5, 0, 1, 2, 3, 4, 1000, 1L << 40]) times.Record(microseconds);
        Assert.That(Enumerable.Range(0, 4).Select(times.Count), Is.EqualTo((long[])[2, 1, 2, 1]));
        Assert.That(times.Count(10), Is.EqualTo(1));
        Assert.That(times.Count(SyncTimes.Buckets - 1), Is.EqualTo(1));
        Assert.That((times.Total, times.Microseconds), Is.EqualTo((8L, 1010 + (1L << 40))));
    }

    [Test]
    public void While_the_data_are_loaded_and_at_the_end_only_that_is_told()
    {
        var monitored = new MonitoredServer(new Server(AllCommands.Table()), new SystemClock());
        Assert.That(Health.Trouble(monitored), Is.Null);
        Assert.That(Health.Obstacle(monitored), Is.EqualTo("the data are being loaded"));
        MetricsPage page = Page();
        Assert.That(page.Families, Has.Count.EqualTo(3));
        Assert.That((page["redis_up"], page["redis_loading_dump_file"], page["hedge_ready"]),
            Is.EqualTo((0, 1, 0)));
        new HttpRequests(monitored).StopGathering();
        Assert.That(Health.Trouble(monitored), Is.Null);
        Assert.That(Health.Obstacle(monitored), Is.EqualTo("the server is stopping"));
        Assert.That(Page()["redis_loading_dump_file"], Is.Zero);
        Assert.That(Encoding.UTF8.GetString(StatsJson.ToUtf8(monitored, true, true)),
            Is.EqualTo("{\"version\":\"" + Server.HedgeVersion
                + "\",\"phase\":\"Stopping\",\"obstacle\":\"the server is stopping\"}"));

        MetricsPage Page() => new(Encoding.UTF8.GetString(AllMetrics.ToUtf8(monitored, false)));
    }

    [Test]
    public void Names_follow_the_conventions()
    {
        foreach (MetricFamily family in AllMetrics.Families)
        {
            Assert.That(family.Name, Does.Match("^(redis|hedge)_[a-z0-9_]+$"));
            Assert.That(family.Help, Does.Match(@"^[^\n\\]+[.)]$").Or.Match(@"^[^\n\\]+\.$"), family.Name);
            bool isCounter = family.Type == MetricType.Counter;
            Assert.That(family.Name.EndsWith("_total", StringComparison.Ordinal), Is.EqualTo(isCounter),
                family.Name);
        }

        Assert.That(AllMetrics.Families.Select(f => f.Name), Is.Unique);
    }

    private static string Text(MetricText text) => Encoding.UTF8.GetString(text.ToUtf8());
}
