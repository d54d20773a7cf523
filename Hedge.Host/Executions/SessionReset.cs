using Hedge.Host.Clients;
using Hedge.Host.Leases;
using Hedge.Host.Subscribers;

namespace Hedge.Host.Executions;

/// <summary>Forgets what a client has beside its requests: its transaction, watched keys and subscriptions.
/// Owned by the core.</summary>
internal sealed class SessionReset(MonitorFeed monitors, PubSubHub pubSub, Invalidations invalidations,
    ForgottenWatches watches)
{
    /// <summary>RESET.</summary>
    public void Reset(Session session)
    {
        session.ResetRequested = false;
        Forget(session);
    }

    /// <summary>The client is gone, or nearly so.</summary>
    public void Forget(Session session)
    {
        monitors.Remove(session);
        pubSub.UnsubscribeAll(session);
        invalidations.Stop(session);
        session.Transaction?.Dispose();
        session.Transaction = null;
        watches.Forget(session);
    }
}
