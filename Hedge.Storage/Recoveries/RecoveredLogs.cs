using Hedge.Storage.Replays;

namespace Hedge.Storage.Recoveries;

/// <summary>What a recovery leaves to the new logs: their first numbers, and old logs that are still
/// needed.</summary>
/// <param name="nextNumber">A number above all old segments' numbers.</param>
internal sealed class RecoveredLogs(ulong nextNumber)
{
    private readonly Dictionary<int, RetainedLog> _retained = [];

    /// <summary>True when some old log is still needed.</summary>
    public bool HasRetained => _retained.Count > 0;

    /// <summary>The least number of the new logs' segments.</summary>
    public ulong LeastNumber => _retained.Values.Select(log => log.NextNumber).Append(nextNumber).Min();

    /// <summary>The number of the first segment of a core's new log.</summary>
    public ulong FirstNumber(int core) => _retained.GetValueOrDefault(core)?.NextNumber ?? nextNumber;

    /// <summary>A core's old log if it is still needed, otherwise null.</summary>
    public RetainedLog? Retained(int core) => _retained.GetValueOrDefault(core);

    /// <summary>Notes an old log that is still needed.</summary>
    public void Add(RetainedLog log) => _retained.Add(log.Core, log);
}
