using Hedge.Host.Settings;
using Hedge.Host.Statistics;
using static Hedge.Host.Monitoring.MetricFamily;

namespace Hedge.Host.Monitoring;

/// <summary>Metrics by command, error and database, under redis_exporter's names.</summary>
internal static class RedisCommandMetrics
{
    private const double MicrosecondsPerSecond = 1e6;
    private const double MillisecondsPerSecond = 1000;

    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        ByCommand("redis_commands_total", "Runs of a command to its end.", static c => c.Calls),
        ByCommand("redis_commands_duration_seconds_total", "Time in them.",
            static c => c.Microseconds / MicrosecondsPerSecond),
        ByCommand("redis_commands_rejected_calls_total", "Requests refused before they ran.",
            static c => c.Rejected),
        ByCommand("redis_commands_failed_calls_total", "Runs that ended in an error.",
            static c => c.Failed),
        new MetricFamily("redis_latency_percentiles_usec", MetricType.Summary,
            "Time of a command's runs, in microseconds; percentiles as latency-tracking-info-percentiles "
            + "says, since the start or CONFIG RESETSTAT.", ["cmd", "quantile"], Percentiles),
        By(MetricType.Counter, "redis_errors_total", "err", "Error replies by their first word.",
            static f => f.Statistics.Errors().Select(e => (e.Key, (double)e.Value))),
        ByDatabase("redis_db_keys", "Keys.", static (f, i) => f.Databases.ApproximateKeys(i)),
        ByDatabase("redis_db_keys_expiring", "Keys with a time to live.",
            static (f, i) => f.Databases.ApproximateExpires(i)),
        ByDatabase("redis_db_avg_ttl_seconds", "What they have to live on average, estimated.",
            static (f, i) => f.Databases.AverageTtl(i, f.NowMilliseconds) / MillisecondsPerSecond),
    ];

    private static MetricFamily ByCommand(string name, string help, Func<CommandFigures, double> value) =>
        By(MetricType.Counter, name, "cmd", help,
            figures => figures.Commands.Select(c => (c.Name, value(c.Figures))));

    // Database 0, and those that have keys.
    private static MetricFamily ByDatabase(string name, string help,
        Func<MonitoringFigures, int, double> value) =>
        By(MetricType.Gauge, name, "db", help, figures => Enumerable.Range(0, figures.Databases.Count)
            .Where(i => i == 0 || figures.Databases.ApproximateKeys(i) > 0)
            .Select(i => ("db" + MetricText.Number(i), value(figures, i))));

    private static void Percentiles(MetricText text, MonitoringFigures figures)
    {
        const string name = "redis_latency_percentiles_usec";
        foreach ((string command, CommandFigures of) in figures.Commands)
        {
            if (of.Histogram is not { Total: > 0 } histogram) continue;
            foreach (double percentile in figures.Settings.LatencyPercentiles)
            {
                text.Sample(name, [("cmd", command), ("quantile", PercentilesSetting.Text(percentile))],
                    histogram.Percentile(percentile));
            }

            text.Sample(name + "_sum", [("cmd", command)], of.Microseconds);
            text.Sample(name + "_count", [("cmd", command)], of.Calls);
        }
    }
}
