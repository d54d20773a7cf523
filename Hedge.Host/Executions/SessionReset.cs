using Hedge.Host.Clients;
using Hedge.Host.Subscribers;

namespace Hedge.Host.Executions;

/// <summary>Forgets what a client has beside its requests: its transaction, watched keys and subscriptions.
/// Owned by the core.</summary>
internal sealed class SessionReset(MonitorFeed monitors, PubSubHub pubSub, TransactionRunner transactions)
{
    /// <summary>RESET. The watched keys are held.</summary>
    public void Reset(Session session)
    {
        session.ResetRequested = false;
        Forget(session);
        transactions.Unwatch(session);
    }

    /// <summary>The client is gone, or nearly so. Its watched keys stay.</summary>
    public void Forget(Session session)
    {
        monitors.Remove(session);
        pubSub.UnsubscribeAll(session);
        session.Transaction?.Dispose();
        session.Transaction = null;
    }
}
