namespace Hedge.Host.Statistics;

/// <summary>Where a command's time went, in microseconds.</summary>
internal readonly record struct CommandTime(long Cpu, long Queue, long Disk);

/// <summary>One core's figures about one command (INFO commandstats, latencystats, LATENCY
/// HISTOGRAM).</summary>
/// <param name="family">What the command's family has in common.</param>
internal sealed class CommandFigures(LatencySplit family)
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
    /// <param name="time">Where the time went.</param>
    /// <param name="failed">True when it ended in an error reply.</param>
    /// <param name="tracksLatency">latency-tracking.</param>
    public void Called(in CommandTime time, bool failed, bool tracksLatency)
    {
        Calls++;
        Microseconds += time.Cpu;
        if (failed) Failed++;
        if (!tracksLatency) return;
        (Histogram ??= new LatencyHistogram()).Record(time.Cpu);
        family.Cpu.Record(time.Cpu);
        family.Queue.Record(time.Queue);
        if (time.Disk > 0) family.Disk.Record(time.Disk);
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
