using Hedge.Storage.Logs;

namespace Hedge.Storage.Cores;

/// <summary>Waits until what all cores had logged at one moment is durable. It asks them to sync soon,
/// whatever the policy: a core that is awake does so at the end of its turn, one that sleeps when it
/// wakes.</summary>
public sealed class SyncWait
{
    private readonly LogPositions _logs;
    private readonly LogPosition[] _ends;

    internal SyncWait(EngineShared shared)
    {
        _logs = shared.Positions;
        _ends = new LogPosition[_logs.Cores];
        _logs.CopyAppended(_ends);
        if (!IsOver) shared.WantSync();
    }

    /// <summary>True when every log is durable up to where it ended then.</summary>
    public bool IsOver => _logs.AllSynced(_ends);
}
