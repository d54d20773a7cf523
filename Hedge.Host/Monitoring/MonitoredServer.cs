using Hedge.Host.Cores;
using Hedge.Host.Servers;
using Hedge.Storage.Io;
using Hedge.Storage.Recoveries;

namespace Hedge.Host.Monitoring;

/// <summary>Where the server stands between its start and its end.</summary>
internal enum ServerPhase
{
    /// <summary>The data are being loaded.</summary>
    Starting,

    /// <summary>Clients are served.</summary>
    Serving,

    /// <summary>The logs are made durable.</summary>
    Stopping,
}

/// <summary>The server as monitoring sees it, from threads that are no core's. The host tells it what there
/// is to see.</summary>
internal sealed class MonitoredServer(Server server, IClock clock)
{
    private CoreGroup? _group;
    private int _phase;

    /// <summary>What all cores share.</summary>
    public Server Server => server;

    /// <summary>The clock that the cores go by.</summary>
    public IClock Clock => clock;

    /// <summary>Where the server stands.</summary>
    public ServerPhase Phase
    {
        get => (ServerPhase)Volatile.Read(ref _phase);
        set => Volatile.Write(ref _phase, (int)value);
    }

    /// <summary>The cores, from the moment when all of them run; null before.</summary>
    public CoreGroup? Group => Volatile.Read(ref _group);

    /// <summary>What the start found in the data directory.</summary>
    public RecoveryReport Recovery { get; private set; } = new();

    /// <summary>The cores run: clients are served from now on.</summary>
    public void Serve(CoreGroup group, RecoveryReport recovery)
    {
        Recovery = recovery;
        Volatile.Write(ref _group, group);
        Phase = ServerPhase.Serving;
    }
}
