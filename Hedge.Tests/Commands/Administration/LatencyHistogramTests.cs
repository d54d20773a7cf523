using Hedge.Host.Statistics;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Administration;

[TestFixture]
[Category("fast")]
public sealed class LatencyHistogramTests
{
    [Test]
    public void Percentiles_are_at_most_an_eighth_too_high()
    {
        var histogram = new LatencyHistogram();
        for (int i = 1; i <= 100_000; i++) histogram.Record(i);
        foreach (double percentile in (double[])[0.01, 1, 25, 50, 90, 99, 99.9, 100])
        {
            double exact = percentile * 1000;
            Assert.That(histogram.Percentile(percentile), Is.InRange(exact, exact * 1.125 + 1),
                $"p{percentile}");
        }
    }

    [Test]
    public void Every_value_has_a_place()
    {
        var histogram = new LatencyHistogram();
        foreach (long value in (long[])[-1, 0, 15, 16, 17, 1 << 20, 1 << 21,
            long.MaxValue]) histogram.Record(value);
        Assert.That(histogram.Total, Is.EqualTo(8));
        Assert.That(histogram.CountUpTo(15), Is.EqualTo(3));
        Assert.That(histogram.CountUpTo(long.MaxValue), Is.EqualTo(8));
        Assert.That(histogram.Percentile(100), Is.EqualTo((1L << 21) - 1), "the last bucket's end");
        histogram.Clear();
        Assert.That((histogram.Total, histogram.Percentile(50)), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public void Rates_are_means_over_samples_and_survive_a_reset()
    {
        var rates = new ActivityRates();
        CoreCounters counters = default;
        long now = 5;
        rates.Sample(now, counters);
        for (int i = 0; i < 16; i++)
        {
            counters.CommandsProcessed += 50;
            rates.Sample(now += 100_000, counters);
            rates.Sample(now + 1, counters);
        }

        Assert.That(rates.Commands, Is.EqualTo(500));
        counters.Reset();
        rates.Sample(now + 100_000, counters);
        Assert.That(rates.Commands, Is.EqualTo(500 * 15 / 16));
    }

    [Test]
    public void A_reset_keeps_gauges_and_zeroes_counters()
    {
        CoreCounters counters = default;
        counters.ConnectedClients = 3;
        counters.RecordBytes = 7;
        counters.KeyspaceHits = 9;
        counters.Flushes = 1;
        counters.Reset();
        Assert.That((counters.ConnectedClients, counters.RecordBytes, counters.KeyspaceHits,
            counters.Flushes),
            Is.EqualTo((3L, 7L, 0L, 0L)));
    }
}
