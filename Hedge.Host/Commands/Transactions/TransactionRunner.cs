using Hedge.Host.Cores;
using Hedge.Host.Sessions;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Commands.Transactions;

/// <summary>
/// What EXEC does while all partitions concerned are held:
/// 1. compare the watched keys' versions; a changed one ends the transaction with a null reply;
/// 2. carry out the reads of whole databases, over as many turns as it takes, and keep what they find
///    (<see cref="KeptRead"/>); look up every declared key of every queued command, so
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
        bool resident = (!transaction.ReadsAll || ReadAll(context, transaction, executor, output))
            && Warm(context, transaction, executor, output);
        context.Session.Database = database;
        if (!resident)
        {
            // The commands behind the one that gives others their turn have been run since.
            if (!context.Core.Storage.HasMisses) context.GoOnAt(context.NowMilliseconds);
            return;
        }

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
        context.Core!.Meter.BeginNested();
        int number = 0;
        foreach (Request request in transaction.Requests.Consume())
        {
            lengthMax += room;
            KeptRead? kept = KeptOf(transaction, number++);
            if (kept is { IsVoid: true }) kept = null;
            if (executor.RunNested(request, output, lengthMax, kept)) continue;
            // It cannot be run again: commands before it have written.
            context.Core.Storage.ForgetMisses();
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

    // The commands that read a whole database first, bit by bit: they take long, and keep what they find.
    private static bool ReadAll(
        CommandContext context, Transaction transaction, Executor executor, OutputBuffer output)
    {
        var databases = new DatabaseOrder(context.Databases.Count);
        int first = context.Session.Database;
        int selected = first;
        bool resident = true;
        int number = 0;
        foreach (Request request in transaction.Requests)
        {
            Follow(context, request, executor, ref selected, output);
            CommandSpec spec = request.Command!.Spec;
            context.Session.Database = databases.Now(selected);
            KeptRead? kept = KeptOf(transaction, number);
            if (IsReadOfAll(spec) && kept is not { IsComplete: true } and not { IsVoid: true })
            {
                resident &= executor.RunNested(request, output, context.Server.ReplyBytesMax, kept);
                if (request.Progress is KeptRead found)
                {
                    transaction.Kept[number] = found;
                    found.Note(transaction.Requests, number);
                }
            }

            output.Clear();
            if (spec.Name == "SWAPDB") databases.Swap(request);
            number++;
        }

        context.Session.Database = first;
        return resident;
    }

    private static bool Warm(
        CommandContext context, Transaction transaction, Executor executor, OutputBuffer output)
    {
        var databases = new DatabaseOrder(context.Databases.Count);
        int selected = context.Session.Database;
        bool resident = true;
        int number = 0;
        foreach (Request request in transaction.Requests)
        {
            CommandSpec spec = request.Command!.Spec;
            Follow(context, request, executor, ref selected, output);
            context.Session.Database = databases.Now(selected);
            if (KeptOf(transaction, number++) is { } kept)
            {
                KeyspaceView keyspace = context.Core!.Keyspace(context.Session.Database).Unbound();
                foreach (ReadOnlyMemory<byte> key in kept.Changed) resident &= keyspace.Warm(key.Span);
            }
            else if (spec.Scope == CommandScope.Cursor || IsReadOfAll(spec))
            {
                resident &= executor.RunNested(request, output, context.Server.ReplyBytesMax);
            }

            resident &= WarmKeys(context, request, spec, databases);
            if (spec.Name == "SWAPDB") databases.Swap(request);
            output.Clear();
        }

        return resident;
    }

    private static bool IsReadOfAll(CommandSpec spec) =>
        spec.Scope == CommandScope.AllPartitions && (spec.Flags & CommandFlags.ReadOnly) != 0;

    private static KeptRead? KeptOf(Transaction transaction, int number) =>
        transaction.Kept.Count == 0 ? null : transaction.Kept.GetValueOrDefault(number);

    private static void Follow(CommandContext context, Request request, Executor executor, ref int selected,
        OutputBuffer output)
    {
        if (request.Command!.Spec.Name != "SELECT") return;
        context.Session.Database = selected;
        executor.RunNested(request, output, context.Server.ReplyBytesMax);
        selected = context.Session.Database;
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
