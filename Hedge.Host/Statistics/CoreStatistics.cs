using Hedge.Host.Declarations;

namespace Hedge.Host.Statistics;

/// <summary>
/// Everything one core counts. The core increments <see cref="Counters"/>' fields directly; nothing here is
/// shared, and INFO sums over the cores.
/// </summary>
public sealed class CoreStatistics
{
    private readonly CommandFigures[] _commands;
    private CoreSnapshot? _snapshot;

    internal CoreStatistics(CommandTable commands)
    {
        _commands = new CommandFigures[commands.All.Count];
        foreach (Command command in commands.All)
        {
            string family = command.Spec.Group;
            if (!Families.TryGetValue(family, out LatencySplit? split)) Families[family] = split = new();
            _commands[command.Index] = new CommandFigures(split);
        }
    }

    /// <summary>The plain counters.</summary>
    internal CoreCounters Counters;

    /// <summary>When the core's last turn began, monotonic microseconds; 0 before the first. Any thread
    /// reads.</summary>
    internal long TurnedAt;

    /// <summary>What <see cref="ServerStatistics.SnapshotsWantedUntil"/> asked for last; null when nobody
    /// has. Any thread reads.</summary>
    internal CoreSnapshot? Snapshot
    {
        get => Volatile.Read(ref _snapshot);
        set => Volatile.Write(ref _snapshot, value);
    }

    /// <summary>Error replies by code.</summary>
    internal ErrorCounters Errors { get; } = new();

    /// <summary>Slow commands.</summary>
    internal SlowLog SlowLog { get; } = new();

    /// <summary>Latency events.</summary>
    internal LatencyMonitor Latency { get; } = new();

    /// <summary>Where the time of each command family goes.</summary>
    internal SortedDictionary<string, LatencySplit> Families { get; } = new(StringComparer.Ordinal);

    /// <summary>Speed over the last seconds.</summary>
    internal ActivityRates Rates { get; } = new();

    /// <summary>The figures of one command, by <see cref="Command.Index"/>.</summary>
    internal CommandFigures Of(Command command) => _commands[command.Index];

    /// <summary>Counts an error reply, given as its text from the code on.</summary>
    internal void CountError(ReadOnlySpan<byte> error)
    {
        Counters.ErrorReplies++;
        Errors.Count(error);
    }

    internal void Reset()
    {
        Counters.Reset();
        Errors.Reset();
        foreach (CommandFigures figures in _commands) figures.Reset();
        foreach (LatencySplit split in Families.Values) split.Clear();
    }
}
