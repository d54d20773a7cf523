using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Transactions;

internal sealed class ExecCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("EXEC", 1,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.SkipSlowlog,
        AclCategory.Transaction)
    {
        Traits = CommandTraits.RunsInMulti | CommandTraits.EndsMulti
            | CommandTraits.RunsTransaction,
        Syntax = "",
        Since = "1.2.0",
        Group = "transactions",
        Complexity = "Depends on commands in the transaction",
        Summary = "Execute all commands issued after MULTI",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Progress == null && context.Session.Transaction == null)
            context.Reply.Error("ERR EXEC without MULTI");
        else
            context.Transactions!.Execute(context);
    }
}
