using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Transactions;

internal sealed class UnwatchCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("UNWATCH", 1,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast
            | CommandFlags.AllowBusy,
        AclCategory.Transaction)
    {
        Syntax = "",
        Since = "2.2.0",
        Group = "transactions",
        Complexity = "O(1)",
        Summary = "Forget about all watched keys",
    };

    public static void Execute(CommandContext context)
    {
        context.Transactions!.Unwatch(context.Session);
        context.Reply.Ok();
    }
}
