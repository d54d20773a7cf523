using Hedge.Host.Declarations;
namespace Hedge.Host.Commands.Transactions;

internal sealed class DiscardCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DISCARD", 1,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast
            | CommandFlags.AllowBusy,
        AclCategory.Transaction)
    {
        Traits = CommandTraits.RunsInMulti | CommandTraits.EndsMulti,
        Syntax = "",
        Since = "2.0.0",
        Group = "transactions",
        Complexity = "O(N), when N is the number of queued commands",
        Summary = "Discard all commands issued after MULTI",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Session.Transaction == null)
        {
            context.Reply.Error("ERR DISCARD without MULTI");
            return;
        }

        context.Transactions!.End(context);
        context.Reply.Ok();
    }
}
