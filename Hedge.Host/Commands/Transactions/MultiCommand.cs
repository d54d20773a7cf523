using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Transactions;

internal sealed class MultiCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MULTI", 1,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast
            | CommandFlags.AllowBusy,
        AclCategory.Transaction)
    {
        Traits = CommandTraits.RunsInMulti,
        Syntax = "",
        Since = "1.2.0",
        Group = "transactions",
        Complexity = "O(1)",
        Summary = "Mark the start of a transaction block",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Session.Transaction != null)
        {
            context.Reply.Error("ERR MULTI calls can not be nested");
            return;
        }

        context.Session.Transaction = new Transaction(context.Transactions?.Queued ?? new ByteCount());
        context.Reply.Ok();
    }
}
