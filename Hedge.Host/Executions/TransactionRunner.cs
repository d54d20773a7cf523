using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Cores;
using Hedge.Host.Keyspaces;

namespace Hedge.Host.Executions;

/// <summary>
/// What EXEC does while all partitions concerned are held: 1. compare the watched keys' versions; a changed
/// one ends the transaction with a null reply; 2. run the commands (<see cref="TransactionRun"/>).
/// </summary>
internal static class TransactionRunner
{
    /// <summary>Runs the queued commands.</summary>
    public static void Run(CommandContext context, Transaction transaction)
    {
        CoreLoop core = context.Core!;
        if (AnyWatchedChanged(context))
        {
            End(context);
            context.Reply.NullArray();
            return;
        }

        if (core.Refusals.RefusesWrites(transaction))
        {
            End(context);
            context.Reply.Error($"EXECABORT Transaction discarded because of: {core.Refusals.NoWrites}");
            return;
        }

        if (!core.WriteBudget.Fits(transaction.Requests))
        {
            End(context);
            context.Reply.Error(Transaction.RefusalText(WriteBudget.Refusal));
            return;
        }

        // The client may be gone before its end.
        context.Session.Transaction = null;
        Unwatch(context);
        TransactionRun run = core.Runner.BeginTransaction();
        run.Begin(context, transaction);
        run.GoOn(context);
    }

    /// <summary>Ends the transaction, without running it, and forgets the watched keys.</summary>
    public static void End(CommandContext context)
    {
        context.Session.Transaction?.Dispose();
        context.Session.Transaction = null;
        Unwatch(context);
    }

    /// <summary>Forgets the watched keys (their partitions are held).</summary>
    public static void Unwatch(CommandContext context)
    {
        foreach (WatchedKey watched in context.Session.Watched)
        {
            context.Core!.Group.Partitions[watched.Partition].Store.Unwatch(
                watched.Database, watched.Key.Span);
        }

        context.Session.Watched.Clear();
    }

    private static bool AnyWatchedChanged(CommandContext context)
    {
        CoreLoop core = context.Core!;
        foreach (WatchedKey watched in context.Session.Watched)
        {
            var store = core.Group.Partitions[watched.Partition].Store;
            if (store.Version(core.Storage, watched.Database, watched.Key.Span) != watched.Version)
                return true;
        }

        return false;
    }
}
