using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Leases;
using Hedge.Host.Statistics;

namespace Hedge.Host.Executions;

/// <summary>What it means for a client that a command is refused, beside the error reply: an EXEC ends its
/// transaction, another command spoils it, and both are counted. Owned by the core.</summary>
internal sealed class RefusedRequests(CoreStatistics statistics, ForgottenWatches watches)
{
    /// <summary>A request is refused. Returns the error to reply.</summary>
    /// <param name="session">Its client's; null for one of another core.</param>
    /// <param name="command">The command; null for an unknown one.</param>
    /// <param name="problem">Why.</param>
    public string Note(Session? session, Command? command, string problem)
    {
        if (command?.Has(CommandTraits.RunsTransaction) == true)
        {
            problem = Transaction.RefusalText(problem);
            EndTransaction(session!);
        }
        else if (session?.Transaction is { } transaction)
        {
            transaction.Aborted = true;
        }

        statistics.CountError(Encoding.Latin1.GetBytes(problem));
        if (command != null) statistics.Of(command).Rejected++;
        return problem;
    }

    // As in Redis it ends also the watching outside of a transaction.
    private void EndTransaction(Session session)
    {
        session.Transaction?.Dispose();
        session.Transaction = null;
        watches.Forget(session);
    }
}
