using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;

namespace Hedge.Host.Executions;

/// <summary>
/// The clients of a core whose next write waits until flushes have caught up. Counts how many writes waited,
/// and for how long any did; LATENCY shows these waits as "write-slowdown". Writes from other cores wait at
/// their partition; this class only counts them. The core calls it.
/// </summary>
internal sealed class SlowedWriters(CoreTurn turn, PartitionTable partitions, CoreStatistics statistics,
    ConnectionTable connections)
{
    private const long MicrosecondsPerMillisecond = 1000;

    private List<Connection> _held = [];
    private List<Connection> _retried = [];
    private long _since = -1;
    private long _retriedAt;

    /// <summary>The client's next write waits.</summary>
    public void Delay(Connection connection)
    {
        connection.WaitsFor |= WaitReason.Slowed;
        _held.Add(connection);
        if (!connection.IsRetrying) connection.SlowedSince = turn.NowMicroseconds;
        Begin(connection.IsRetrying ? 0 : 1);
    }

    /// <summary>A write of another core's client is laid aside.</summary>
    public void LayAside() => Begin(1);

    /// <summary>The core's tick: flushes may have made progress, so the slowed writers try again.</summary>
    public void Retry()
    {
        EndRetries();
        if (_since < 0) return;
        statistics.Counters.StallMicroseconds += turn.NowMicroseconds - _since;
        _since = AnyLaidAside() ? turn.NowMicroseconds : -1;
        foreach (Connection connection in _held)
        {
            connection.IsRetrying = true;
            connection.WaitsFor &= ~WaitReason.Slowed;
            if (!connection.CloseRequested) connections.Schedule(connection);
        }

        (_held, _retried) = (_retried, _held);
        _retriedAt = turn.NowMicroseconds;
    }

    // A client that was not held again has written when it tried last.
    private void EndRetries()
    {
        long threshold = turn.Settings.LatencyMonitorThresholdMilliseconds;
        foreach (Connection connection in _retried)
        {
            connection.IsRetrying = false;
            if ((connection.WaitsFor & WaitReason.Slowed) != 0) continue;
            long took = (_retriedAt - connection.SlowedSince) / MicrosecondsPerMillisecond;
            if (threshold > 0 && took >= threshold)
                statistics.Latency.Record("write-slowdown", turn.NowMilliseconds / 1000, took);
        }

        _retried.Clear();
    }

    private void Begin(int writes)
    {
        statistics.Counters.SlowedWrites += writes;
        if (_since < 0) _since = turn.NowMicroseconds;
    }

    private bool AnyLaidAside()
    {
        foreach (PartitionSlot slot in partitions.All)
        {
            if (slot.Home != turn.Core || slot.Holder != null || slot.Deferred.Count == 0) continue;
            if (slot.Store.WritePressure >= 1) return true;
        }

        return false;
    }
}
