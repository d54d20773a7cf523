using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientIdCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|ID", 2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "5.0.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Returns the client ID for the current connection",
    };

    public static void Execute(CommandContext context) => context.Reply.Integer(context.Session.Id);
}
