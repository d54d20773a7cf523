using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Executions;

namespace Hedge.Host.Commands.Transactions;

internal sealed class ExecCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("EXEC", 1,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.SkipSlowlog,
        AclCategory.Transaction)
    {
        Traits = CommandTraits.RunsInMulti | CommandTraits.EndsMulti
            | CommandTraits.RunsTransaction | CommandTraits.ForgetsWatchedKeys,
        Syntax = "",
        Since = "1.2.0",
        Group = "transactions",
        Complexity = "Depends on commands in the transaction",
        Summary = "Execute all commands issued after MULTI",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Progress is TransactionRun run)
        {
            run.GoOn(context);
            return;
        }

        if (context.Session.Transaction is not { } transaction)
        {
            context.Reply.Error("ERR EXEC without MULTI");
            return;
        }

        if (transaction.Refusal is { } refusal)
        {
            TransactionRunner.End(context);
            context.Core!.Meter.Refuse();
            context.Reply.Error(Encoding.Latin1.GetBytes(Transaction.RefusalText(refusal)));
            return;
        }

        if (transaction.Aborted)
        {
            TransactionRunner.End(context);
            context.Reply.Error("EXECABORT Transaction discarded because of previous errors.");
            return;
        }

        TransactionRunner.Run(context, transaction);
    }
}
