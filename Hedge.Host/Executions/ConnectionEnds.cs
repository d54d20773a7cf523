using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Declarations;
using Hedge.Host.Leases;

namespace Hedge.Host.Executions;

/// <summary>Ends what a closed connection's client has under way. Owned by the core.</summary>
internal sealed class ConnectionEnds(CommandTable commands, Executor executor, KeyWaits keyWaits,
    SessionReset sessions) : IConnectionEnds
{
    /// <inheritdoc/>
    public void Unblock(Connection connection) => executor.Unblock(connection, withError: false);

    /// <inheritdoc/>
    public void Closing(Connection connection)
    {
        Session session = connection.Session;
        if (session.Blocked) Unblock(connection);
        // One that is being served may still have to wait on.
        else keyWaits.Unblock(connection, withError: false);
        executor.Held.EndDebugging(connection);
        sessions.Forget(session);
        if (session.Watched.Count == 0) return;
        PartitionSet partitions = default;
        PartitionNeeds.AddWatched(session, ref partitions);
        var unwatch = new Request { Command = commands.Find("UNWATCH"u8), Partition = -1 };
        unwatch.Reserve(0);
        executor.RunAlone(connection, unwatch, partitions, wholeCores: false);
    }
}
