using Hedge.Host.Commands;

namespace Hedge.Host.Statistics;

/// <summary>
/// Everything one core counts. The core increments <see cref="Counters"/>' fields directly; nothing here is
/// shared, and INFO sums over the cores.
/// </summary>
public sealed class CoreStatistics
{
    private readonly CommandFigures[] _commands;

    internal CoreStatistics(int commandCount)
    {
        _commands = new CommandFigures[commandCount];
        for (int i = 0; i < commandCount; i++) _commands[i] = new CommandFigures();
    }

    /// <summary>The plain counters.</summary>
    internal CoreCounters Counters;

    /// <summary>Error replies by code.</summary>
    internal ErrorCounters Errors { get; } = new();

    /// <summary>Slow commands.</summary>
    internal SlowLog SlowLog { get; } = new();

    /// <summary>Latency events.</summary>
    internal LatencyMonitor Latency { get; } = new();

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
    }
}
