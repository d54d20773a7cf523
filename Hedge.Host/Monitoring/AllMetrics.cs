namespace Hedge.Host.Monitoring;

/// <summary>Every metric, in the order in which they are served.</summary>
internal static class AllMetrics
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<MetricFamily> Families { get; } =
    [
        .. RedisMetrics.Families, .. RedisCommandMetrics.Families, .. CoreMetrics.Families,
        .. StorageMetrics.Families, .. WorkMetrics.Families,
    ];

    /// <summary>The text of all metrics; before and after there are cores to tell of, only that the server
    /// is not ready.</summary>
    public static byte[] ToUtf8(MonitoredServer monitored, bool isOpenMetrics)
    {
        var text = new MetricText(isOpenMetrics);
        bool isServing = monitored.Phase == ServerPhase.Serving;
        if (!isServing || monitored.Group is not { } group)
        {
            foreach (MetricFamily family in Unready(monitored.Phase)) text.Write(family, null!);
            return text.ToUtf8();
        }

        var figures = new MonitoringFigures(monitored, group);
        foreach (MetricFamily family in Families) text.Write(family, figures);
        return text.ToUtf8();
    }

    private static MetricFamily[] Unready(ServerPhase phase) =>
    [
        Find(RedisMetrics.Up, 0), Find(RedisMetrics.Loading, phase == ServerPhase.Starting ? 1 : 0),
        Find(CoreMetrics.Ready, 0),
    ];

    private static MetricFamily Find(string name, double value) =>
        Families.First(f => f.Name == name) with { Write = (text, _) => text.Sample(name, [], value) };
}
