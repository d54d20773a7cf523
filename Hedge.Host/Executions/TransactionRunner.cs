using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Keyspaces;
using Hedge.Host.Leases;
using Hedge.Host.Slots;
using Hedge.Storage.Cores;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Executions;

/// <summary>
/// What the commands of transactions do. EXEC holds all partitions concerned: 1. compare the watched
/// keys' versions; a changed one ends the transaction with a null reply; 2. run the commands
/// (<see cref="TransactionRun"/>). Owned by the core.
/// </summary>
internal sealed class TransactionRunner(PartitionTable partitions, CoreStorage storage, WriteBudget budget,
    KeyspaceTable keyspaces, Refusals refusals, ByteCount queued, ForgottenWatches watches,
    Func<OpenRun> makeOpenRun) : ITransactions, IDisposable
{
    private const int IdleMax = 16;

    private readonly Stack<TransactionRun> _idle = new();
    private readonly HashSet<TransactionRun> _active = [];

    /// <inheritdoc/>
    public ByteCount Queued => queued;

    /// <summary>Who runs the single commands. Set once.</summary>
    public CommandRunner Commands { get; set; } = null!;

    /// <inheritdoc/>
    public void Execute(CommandContext context)
    {
        if (context.Progress is TransactionRun run)
        {
            run.GoOn(context);
            return;
        }

        Transaction transaction = context.Session.Transaction!;
        if (transaction.Aborted)
        {
            Fail(context, "EXECABORT Transaction discarded because of previous errors.");
        }
        else if (AnyWatchedChanged(context.Session))
        {
            EndHeld(context);
            context.Reply.NullArray();
        }
        else if (refusals.RefusesWrites(transaction))
        {
            Fail(context, $"EXECABORT Transaction discarded because of: {refusals.NoWrites}");
        }
        else if (!budget.Fits(transaction))
        {
            Fail(context, Transaction.RefusalText(WriteBudget.Refusal));
        }
        else
        {
            Begin(context, transaction);
        }
    }

    /// <inheritdoc/>
    public void End(CommandContext context)
    {
        context.Session.Transaction?.Dispose();
        context.Session.Transaction = null;
        Unwatch(context.Session);
    }

    /// <inheritdoc/>
    public void Unwatch(Session session) => watches.Forget(session);

    /// <inheritdoc/>
    public void Watch(Session session, ReadOnlySpan<byte> key)
    {
        int database = session.Database;
        foreach (WatchedKey watched in session.Watched)
        {
            if (watched.Database == database && watched.Key.Span.SequenceEqual(key)) return;
        }

        int index = partitions.Of(key);
        ulong version = partitions[index].Store.Watch(storage, database, key);
        session.Watched.Add(new WatchedKey(database, index, key.ToArray(), version));
    }

    /// <summary>A transaction's run has ended.</summary>
    public void End(TransactionRun run)
    {
        run.Clear();
        if (!_active.Remove(run)) return;
        if (_idle.Count < IdleMax) _idle.Push(run);
        else run.Dispose();
    }

    public void Dispose()
    {
        foreach (TransactionRun run in _active) run.Dispose();
        foreach (TransactionRun run in _idle) run.Dispose();
    }

    private void Begin(CommandContext context, Transaction transaction)
    {
        // The client may be gone before its end.
        context.Session.Transaction = null;
        UnwatchHeld(context.Session);
        TransactionRun run = _idle.Count > 0 ? _idle.Pop() : MakeRun();
        _active.Add(run);
        run.Begin(context, transaction);
        run.GoOn(context);
    }

    private void EndHeld(CommandContext context)
    {
        context.Session.Transaction?.Dispose();
        context.Session.Transaction = null;
        context.Session.Tracking?.EndCommand(keepsCaching: false);
        UnwatchHeld(context.Session);
    }

    private void UnwatchHeld(Session session)
    {
        foreach (WatchedKey watched in session.Watched)
            partitions[watched.Partition].Store.Unwatch(watched.Database, watched.Key.Span);
        session.Watched.Clear();
    }

    private TransactionRun MakeRun() =>
        new(this, makeOpenRun(), Commands, refusals, storage, keyspaces, partitions);

    private void Fail(CommandContext context, string error)
    {
        EndHeld(context);
        context.Reply.Error(System.Text.Encoding.Latin1.GetBytes(error));
    }

    private bool AnyWatchedChanged(Session session)
    {
        foreach (WatchedKey watched in session.Watched)
        {
            Partition store = partitions[watched.Partition].Store;
            if (store.Version(storage, watched.Database, watched.Key.Span) != watched.Version) return true;
        }

        return false;
    }
}
