using Hedge.Host.Commands;

namespace Hedge.Host;

/// <summary>What all cores share: settings, the command table, counters, the state of the whole server.</summary>
public sealed class Server
{
    /// <summary>All commands.</summary>
    public CommandTable Commands { get; } = new();

    /// <summary>True when notify-keyspace-events asks for anything.</summary>
    public bool NotifiesKeyspaceEvents { get; internal set; }
}
