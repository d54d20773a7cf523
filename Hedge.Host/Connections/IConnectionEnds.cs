using Hedge.Host.Clients;

namespace Hedge.Host.Connections;

/// <summary>Ends what a connection's client has under way elsewhere.</summary>
internal interface IConnectionEnds
{
    /// <summary>Nobody will wait for what the client's blocking command waits for.</summary>
    void Unblock(Connection connection);

    /// <summary>The connection is being closed.</summary>
    void Closing(Connection connection);
}
