namespace Hedge.Host.Statistics;

/// <summary>One core's figures about one command (INFO commandstats, latencystats, LATENCY
/// HISTOGRAM).</summary>
internal sealed class CommandFigures
{
    /// <summary>Runs to the end.</summary>
    public long Calls;

    /// <summary>Time in them.</summary>
    public long Microseconds;

    /// <summary>Requests refused before they ran: arity, no authentication, over maxmemory…</summary>
    public long Rejected;

    /// <summary>Runs that ended in an error reply.</summary>
    public long Failed;

    /// <summary>Time per run; made at the first one.</summary>
    public LatencyHistogram? Histogram { get; private set; }

    /// <summary>Counts a run.</summary>
    public void Called(long microseconds, bool failed, bool tracksLatency)
    {
        Calls++;
        Microseconds += microseconds;
        if (failed) Failed++;
        if (tracksLatency) (Histogram ??= new LatencyHistogram()).Record(microseconds);
    }

    /// <summary>Adds another core's figures.</summary>
    public void Add(CommandFigures other)
    {
        Calls += other.Calls;
        Microseconds += other.Microseconds;
        Rejected += other.Rejected;
        Failed += other.Failed;
        if (other.Histogram is { } histogram) (Histogram ??= new LatencyHistogram()).Add(histogram);
    }

    /// <summary>Sets everything to zero, the histogram too.</summary>
    public void Reset()
    {
        Calls = Microseconds = Rejected = Failed = 0;
        Histogram?.Clear();
    }
}
