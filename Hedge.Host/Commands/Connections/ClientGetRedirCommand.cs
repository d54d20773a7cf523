using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientGetRedirCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|GETREDIR", 2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "6.0.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Get tracking notifications redirection client ID if any",
    };

    public static void Execute(CommandContext context) =>
        context.Reply.Integer(context.Session.Tracking?.Redirect ?? -1);
}
