using System.Net;
using Hedge.Host.Clients;
using Hedge.Host.Servers;

namespace Hedge.Tests.Commands.Connections;

/// <summary>Sessions without connections.</summary>
public sealed class FakeClients(Session own) : IClients
{
    private readonly List<Session> _sessions = [own];

    public int Count => All.Count();

    public IEnumerable<Session> All => _sessions;

    /// <summary>Ids of closed sessions, in order.</summary>
    public List<long> Closed { get; } = [];

    /// <summary>Ids of unblocked sessions, negative when with an error.</summary>
    public List<long> Unblocked { get; } = [];

    /// <summary>Connects another client.</summary>
    public Session Add(long id)
    {
        var session = new Session
        {
            Id = id,
            Remote = new IPEndPoint(IPAddress.Parse("10.0.0.1"), 1000 + (int)id),
            Local = new IPEndPoint(IPAddress.Loopback, 6379),
            Authenticated = true,
        };
        _sessions.Add(session);
        return session;
    }

    public void Close(Session session)
    {
        Closed.Add(session.Id);
        _sessions.Remove(session);
    }

    public bool Unblock(Session session, bool withError)
    {
        Unblocked.Add(withError ? -session.Id : session.Id);
        return true;
    }
}
