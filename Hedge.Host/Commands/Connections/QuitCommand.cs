using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class QuitCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("QUIT", -1,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast |
        CommandFlags.NoAuth | CommandFlags.AllowBusy,
        AclCategory.Connection)
    {
        Traits = CommandTraits.RunsInMulti | CommandTraits.EndsMulti | CommandTraits.ForSubscribers,
        Syntax = "",
        Since = "1.0.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Close the connection",
    };

    public static void Execute(CommandContext context)
    {
        context.Session.CloseAfterReply = true;
        context.Reply.Ok();
    }
}
