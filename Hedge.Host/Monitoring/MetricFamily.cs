namespace Hedge.Host.Monitoring;

/// <summary>Kinds of metrics.</summary>
internal enum MetricType
{
    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Goes up, until the server starts again or CONFIG RESETSTAT.</summary>
    Counter,

    /// <summary>Counts by size.</summary>
    Histogram,

    /// <summary>Percentiles.</summary>
    Summary,
}

/// <summary>The declaration of a metric: the one source for what is served and for
/// docs/monitoring.md.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Help">One line on what it says.</param>
/// <param name="Labels">The names of its labels.</param>
/// <param name="Write">Writes its samples.</param>
internal sealed record MetricFamily(string Name, MetricType Type, string Help, IReadOnlyList<string> Labels,
    Action<MetricText, MonitoringFigures> Write)
{
    /// <summary>A gauge without labels.</summary>
    public static MetricFamily Gauge(string name, string help, Func<MonitoringFigures, double> value) =>
        Single(name, MetricType.Gauge, help, value);

    /// <summary>A gauge that is 1 for yes and 0 for no.</summary>
    public static MetricFamily Flag(string name, string help, Func<MonitoringFigures, bool> value) =>
        Single(name, MetricType.Gauge, help, figures => value(figures) ? 1 : 0);

    /// <summary>A counter without labels.</summary>
    public static MetricFamily Counter(string name, string help, Func<MonitoringFigures, double> value) =>
        Single(name, MetricType.Counter, help, value);

    /// <summary>A metric with one label.</summary>
    public static MetricFamily By(MetricType type, string name, string label, string help,
        Func<MonitoringFigures, IEnumerable<(string Label, double Value)>> values) =>
        new(name, type, help, [label], (text, figures) =>
        {
            foreach ((string value, double number) in values(figures))
                text.Sample(name, [(label, value)], number);
        });

    /// <summary>A metric of each core.</summary>
    public static MetricFamily ByCore(MetricType type, string name, string help,
        Func<MonitoringFigures, int, double> value) =>
        By(type, name, "core", help, figures => Enumerable.Range(0, figures.Group.Count)
            .Select(core => (MetricText.Number(core), value(figures, core))));

    /// <summary>A gauge that is always 1 and says something in its labels.</summary>
    public static MetricFamily Information(string name, string help,
        params (string Label, Func<MonitoringFigures, string> Value)[] labels) =>
        new(name, MetricType.Gauge, help, [.. labels.Select(l => l.Label)], (text, figures) =>
            text.Sample(name, [.. labels.Select(l => (l.Label, l.Value(figures)))], 1));

    private static MetricFamily Single(string name, MetricType type, string help,
        Func<MonitoringFigures, double> value) =>
        new(name, type, help, [], (text, figures) => text.Sample(name, [], value(figures)));
}
