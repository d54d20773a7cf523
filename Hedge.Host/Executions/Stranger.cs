using Hedge.Host.Clients;

namespace Hedge.Host.Executions;

/// <summary>Stands for the clients of other cores: their requests say what of their sessions matters. Owned
/// by the core.</summary>
internal sealed class Stranger
{
    private readonly Session _session = Session.OfAnotherCore();

    /// <summary>The session of a request's client, here or on another core; valid until the next request
    /// asks.</summary>
    public Session SessionOf(Request request)
    {
        if (request.Client is { } client) return client.Session;
        _session.Database = request.Database;
        _session.Protocol = request.Protocol;
        _session.NoTouch = request.NoTouch;
        return _session;
    }
}
