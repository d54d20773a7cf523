using Hedge.Host.Clients;
using Hedge.Host.Commands;

namespace Hedge.Tests.Commands;

/// <summary>Notes what a client asks for, where there is nobody to tell it of changes.</summary>
internal sealed class NoTracking : ITracking
{
    public long Clients => 0;

    public long Keys => 0;

    public long Readings => 0;

    public long Prefixes => 0;

    public void Start(Session session, ClientTracking tracking) => session.Tracking = tracking;

    public void Stop(Session session) => session.Tracking = null;
}
