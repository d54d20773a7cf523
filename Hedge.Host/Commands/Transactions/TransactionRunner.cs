using Hedge.Host.Cores;
using Hedge.Host.Sessions;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Commands.Transactions;

/// <summary>
/// What EXEC does while all partitions concerned are held:
/// 1. compare the watched keys' versions; a changed one ends the transaction with a null reply;
/// 2. look up every declared key of every queued command, and try whole-keyspace reads, so
///    that all that is needed is in memory (a miss runs EXEC again from here);
/// 3. run the commands; all their changes are one log record.
/// What step 2 looks up is what step 3 reads, but for RANDOMKEY, which then makes do with a key in memory.
/// </summary>
internal static class TransactionRunner
{
    private const int ShortReplyBytes = 128;

    /// <summary>Runs the queued commands and ends the transaction.</summary>
    public static void Run(CommandContext context, Transaction transaction)
    {
        if (AnyWatchedChanged(context))
        {
            End(context);
            context.Reply.NullArray();
            return;
        }

        Executor executor = context.Core!.Executor;
        if (context.Core.Refusals.RefusesWrites(transaction))
        {
            End(context);
            string reason = context.Core.Refusals.NoWrites;
            context.Reply.Error($"EXECABORT Transaction discarded because of: {reason}");
            return;
        }

        if (!context.Core.WriteBudget.Fits(transaction.Requests))
        {
            End(context);
            context.Reply.Error(Transaction.RefusalText(WriteBudget.Refusal));
            return;
        }

        OutputBuffer output = executor.NestedOutput;
        output.Clear();
        int database = context.Session.Database;
        bool resident = Warm(context, transaction, executor, output);
        context.Session.Database = database;
        if (!resident) return;
        RunAll(context, transaction, executor, output);
        context.Reply.ArrayHeader(transaction.Count);
        context.Reply.Raw(output.Unread);
        output.Clear();
        End(context);
    }

    private static void RunAll(
        CommandContext context, Transaction transaction, Executor executor, OutputBuffer output)
    {
        // Each command has room for a short reply, whatever those before it have answered.
        long longest = context.Server.ReplyBytesMax;
        long room = Math.Min(ShortReplyBytes, longest / 2 / (transaction.Count + 1));
        long lengthMax = longest - (room * (transaction.Count + 1));
        context.InTransaction = true;
        foreach (Request request in transaction.Requests)
        {
            lengthMax += room;
            if (executor.RunNested(request, output, lengthMax)) continue;
            // It cannot be run again: commands before it have written.
            context.Core!.Storage.ForgetMisses();
            WriteMiss(output, context.Session.Protocol);
        }

        context.InTransaction = false;
        if (output.Length > longest) throw new OutputFullException();
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

    private static bool Warm(
        CommandContext context, Transaction transaction, Executor executor, OutputBuffer output)
    {
        var databases = new DatabaseOrder(context.Databases.Count);
        int selected = context.Session.Database;
        bool resident = true;
        foreach (Request request in transaction.Requests)
        {
            CommandSpec spec = request.Command!.Spec;
            if (spec.Name == "SELECT")
            {
                context.Session.Database = selected;
                executor.RunNested(request, output, context.Server.ReplyBytesMax);
                selected = context.Session.Database;
            }

            context.Session.Database = databases.Now(selected);
            if (spec.Scope is CommandScope.Cursor or CommandScope.AllPartitions
                && (spec.Flags & CommandFlags.ReadOnly) != 0)
                resident &= executor.RunNested(request, output, context.Server.ReplyBytesMax);
            resident &= WarmKeys(context, request, spec, databases);
            if (spec.Name == "SWAPDB") databases.Swap(request);
            output.Clear();
        }

        return resident;
    }

    private static bool WarmKeys(
        CommandContext context, Request request, CommandSpec spec, DatabaseOrder databases)
    {
        CoreLoop core = context.Core!;
        bool resident = true;
        KeyspaceView keyspace = core.Keyspace(context.Session.Database);
        foreach (int key in request.Keys) resident &= keyspace.Warm(request.Argument(key));

        // These two look into another database as well.
        int elsewhere = spec.Name switch
        {
            "MOVE" => databases.Read(request, 2),
            "COPY" => databases.ReadAfter(request, "DB"u8),
            _ => -1,
        };
        if (elsewhere < 0) return resident;
        int moved = spec.Name == "MOVE" ? 1 : 2;
        KeyspaceView other = core.Keyspace(databases.Now(elsewhere)).Unbound();
        return resident & other.Warm(request.Argument(moved));
    }

    private static void WriteMiss(OutputBuffer output, int protocol)
    {
        var writer = new RespWriter();
        writer.Reset(output, protocol);
        writer.Error("TRYAGAIN the transaction's reads do not fit in memory");
    }
}
