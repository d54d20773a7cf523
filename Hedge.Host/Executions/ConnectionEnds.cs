using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Leases;

namespace Hedge.Host.Executions;

/// <summary>Ends what a closed connection's client has under way. Owned by the core.</summary>
internal sealed class ConnectionEnds(Executor executor, KeyWaits keyWaits, SessionReset sessions)
    : IConnectionEnds
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
    }
}
