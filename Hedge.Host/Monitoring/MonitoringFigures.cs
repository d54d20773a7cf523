using Hedge.Host.Commands;
using Hedge.Host.Commands.Administration;
using Hedge.Host.Cores;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Statistics;
using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Recoveries;

namespace Hedge.Host.Monitoring;

/// <summary>The figures of one moment, as INFO has them: the cores' own are at most a tick old. Made on any
/// thread; no core is asked.</summary>
internal sealed class MonitoringFigures(MonitoredServer monitored, CoreGroup group)
{
    public MonitoredServer Monitored => monitored;

    public CoreGroup Group => group;

    public Server Server => monitored.Server;

    public ServerSettings Settings { get; } = monitored.Server.Settings.Current;

    public ServerStatistics Statistics => monitored.Server.Statistics;

    public IDatabases Databases => group.Loops[0].Databases;

    public CoreStorage Core => group.Loops[0].Storage;

    public DiskLimit Disk => group.Loops[0].Storage.DiskLimit;

    public RecoveryReport Recovery => monitored.Recovery;

    /// <summary>When, Unix time.</summary>
    public long NowMilliseconds { get; } = monitored.Clock.UnixMilliseconds;

    /// <summary>When, for rates.</summary>
    public long NowMicroseconds { get; } = monitored.Clock.MonotonicMicroseconds;

    public StorageFigures Storage { get; } = new(monitored.Server, group.Loops[0].Databases);

    public MemoryFigures Memory { get; } = new(monitored.Server, group.Loops[0].Databases);

    /// <summary>The sums of the cores' counters.</summary>
    public ref readonly CoreCounters Sum => ref Storage.Sum;

    /// <summary>The commands that were called or refused, with their names.</summary>
    public IReadOnlyList<(string Name, CommandFigures Figures)> Commands { get; } = CommandsOf(
        monitored.Server);

    /// <summary>Why writes are refused; null when they are not.</summary>
    public string? WriteObstacle => Health.WriteObstacle(monitored);

    /// <summary>Where the time of each family of commands goes.</summary>
    public IReadOnlyDictionary<string, LatencySplit> Families { get; } =
        monitored.Server.Statistics.Families();

    /// <summary>Whole seconds since the server started.</summary>
    public long UptimeSeconds => Math.Max(0, NowMilliseconds - Server.StartedMilliseconds) / 1000;

    private static (string, CommandFigures)[] CommandsOf(Server server) =>
    [
        .. from Command command in server.Commands.All
           let figures = server.Statistics.Sum(command)
           where figures.Calls + figures.Rejected + figures.Failed > 0
           select (CommandNames.Lower(command), figures),
    ];
}
