namespace Hedge.Host.Statistics;

/// <summary>A moment at which something took long.</summary>
internal readonly record struct LatencySample(long UnixSeconds, long Milliseconds);

/// <summary>
/// One core's latency events: per kind of event the last 160 seconds in which it reached
/// latency-monitor-threshold. The core records; LATENCY reads all cores' monitors while it holds all cores.
/// Kinds in use: "command", "fast-command", and what the core names (flushes, syncs, evictions).
/// </summary>
internal sealed class LatencyMonitor
{
    /// <summary>Samples kept per kind of event.</summary>
    public const int SamplesMax = 160;

    /// <summary>The kinds of event with their samples.</summary>
    public Dictionary<string, LatencySeries> Events { get; } = new(StringComparer.Ordinal);

    /// <summary>Records an event; call it when latency-monitor-threshold is not 0 and was reached.</summary>
    public void Record(string kind, long unixSeconds, long milliseconds)
    {
        if (!Events.TryGetValue(kind, out LatencySeries? series)) Events[kind] = series = new LatencySeries();
        series.Add(new LatencySample(unixSeconds, milliseconds));
    }
}

/// <summary>The samples of one kind of event, at most one per second: the worst.</summary>
internal sealed class LatencySeries
{
    private readonly List<LatencySample> _samples = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<LatencySample> Samples => _samples;

    /// <summary>The worst ever, milliseconds.</summary>
    public long Max { get; private set; }

    /// <summary>Adds a sample, which is not older than the others.</summary>
    public void Add(LatencySample sample)
    {
        Max = Math.Max(Max, sample.Milliseconds);
        if (_samples.Count > 0 && _samples[^1].UnixSeconds == sample.UnixSeconds)
        {
            if (_samples[^1].Milliseconds < sample.Milliseconds) _samples[^1] = sample;
            return;
        }

        if (_samples.Count == LatencyMonitor.SamplesMax) _samples.RemoveAt(0);
        _samples.Add(sample);
    }

    /// <summary>The series of several cores as one.</summary>
    public static LatencySeries Merge(IEnumerable<LatencySeries> parts)
    {
        var merged = new LatencySeries();
        foreach (LatencySeries part in parts)
        {
            merged._samples.AddRange(part._samples);
            merged.Max = Math.Max(merged.Max, part.Max);
        }

        LatencySample[] samples = [.. merged._samples.OrderBy(s => s.UnixSeconds)];
        merged._samples.Clear();
        foreach (LatencySample sample in samples) merged.Add(sample);
        return merged;
    }
}
