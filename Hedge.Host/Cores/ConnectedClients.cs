using Hedge.Host.Clients;
using Hedge.Host.Servers;

namespace Hedge.Host.Cores;

/// <summary>The clients of all cores, for commands that hold all cores.</summary>
internal sealed class ConnectedClients(CoreGroup group) : IClients
{
    public IEnumerable<Session> All
    {
        get
        {
            foreach (CoreLoop loop in group.Loops)
            {
                foreach (Connection connection in loop.Connections.All)
                {
                    connection.UpdateFigures();
                    yield return connection.Session;
                }
            }
        }
    }

    public int Count
    {
        get
        {
            int count = 0;
            foreach (CoreLoop loop in group.Loops) count += loop.Connections.Count;
            return count;
        }
    }

    public void Close(Session session)
    {
        CoreLoop loop = group.Loops[session.Core];
        if (loop.Connections.Find(session.Connection, session.Id) is { } connection)
            loop.Connections.CloseLater(connection);
    }

    public bool Unblock(Session session, bool withError)
    {
        CoreLoop loop = group.Loops[session.Core];
        return session.Blocked && loop.Connections.Find(session.Connection, session.Id) is { } connection
            && loop.Executor.Unblock(connection, withError);
    }
}
