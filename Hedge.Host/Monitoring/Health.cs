using System.Globalization;
using Hedge.Host.Settings;
using Hedge.Storage.Cores;

namespace Hedge.Host.Monitoring;

/// <summary>
/// Says whether the process is alive, and whether it can be used. It reads what the cores write down and asks
/// none of them anything, so a core that is stuck cannot keep the answer back.
/// </summary>
internal static class Health
{
    /// <summary>A core that has not taken a turn for so long is stuck, unless who asks says
    /// otherwise.</summary>
    public const int TurnSeconds = 5;

    /// <summary>The most that may be asked for.</summary>
    public const int TurnSecondsMax = 3600;

    private const double MicrosecondsPerSecond = 1e6;

    /// <summary>Null when every core has taken a turn lately, or when there are none yet or any more; else
    /// which has not.</summary>
    public static string? Trouble(MonitoredServer monitored, int seconds = TurnSeconds)
    {
        if (monitored.Phase != ServerPhase.Serving || monitored.Group is not { } group) return null;
        for (int core = 0; core < group.Count; core++)
        {
            double since = SecondsSinceTurn(monitored, core);
            if (since <= seconds) continue;
            return string.Create(CultureInfo.InvariantCulture,
                $"core {core} has not taken a turn for {since:0.0} s");
        }

        return null;
    }

    /// <summary>Null when clients are served and may write; else why not.</summary>
    public static string? Obstacle(MonitoredServer monitored) => monitored.Phase switch
    {
        ServerPhase.Starting => "the data are being loaded",
        ServerPhase.Stopping => "the server is stopping",
        _ => Trouble(monitored) ?? WriteObstacle(monitored),
    };

    /// <summary>Null when writes are accepted; else why they are refused.</summary>
    public static string? WriteObstacle(MonitoredServer monitored)
    {
        if (monitored.Group is not { } group) return null;
        CoreStorage storage = group.Loops[0].Storage;
        if (monitored.Server.WriteFailure is { } log)
            return $"writes are refused (MISCONF): the log cannot be written: {log}";
        if (storage.DirectoryFailure is { } directory)
            return $"writes are refused (MISCONF): the data directory cannot be reached: {directory.Message}";
        if (group.Failures.AnyStuck)
        {
            return "writes are refused (MISCONF): a partition cannot be flushed: "
                + storage.PartitionFailure?.Message;
        }

        if (!storage.DiskLimit.IsFull) return null;
        return storage.DiskLimit.IsSystem ? "writes are refused: the disk is full"
            : $"writes are refused: {SettingDeclarations.MaxDisk.Name} is reached";
    }

    /// <summary>How long ago a core's last turn began; 0 before the first.</summary>
    public static double SecondsSinceTurn(MonitoredServer monitored, int core)
    {
        long turned = Volatile.Read(ref monitored.Server.Statistics[core].TurnedAt);
        long now = monitored.Clock.MonotonicMicroseconds;
        return turned == 0 ? 0 : Math.Max(0, now - turned) / MicrosecondsPerSecond;
    }
}
