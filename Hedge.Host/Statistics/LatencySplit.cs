namespace Hedge.Host.Statistics;

/// <summary>One core's figures on where the time of a command family goes, from a command's arrival to its
/// end. The family is the command's group ("string", "generic"…).</summary>
internal sealed class LatencySplit
{
    /// <summary>Waiting for its turn: behind other commands, for another core, for a slowed write, for
    /// partitions.</summary>
    public LatencyHistogram Queue { get; } = new();

    /// <summary>Running.</summary>
    public LatencyHistogram Cpu { get; } = new();

    /// <summary>Waiting for the disk; only of commands that did.</summary>
    public LatencyHistogram Disk { get; } = new();

    /// <summary>Adds another core's figures.</summary>
    public void Add(LatencySplit other)
    {
        Queue.Add(other.Queue);
        Cpu.Add(other.Cpu);
        Disk.Add(other.Disk);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Queue.Clear();
        Cpu.Clear();
        Disk.Clear();
    }
}
