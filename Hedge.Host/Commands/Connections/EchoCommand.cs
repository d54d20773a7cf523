using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class EchoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ECHO", 2,
        CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        AclCategory.Connection)
    {
        Syntax = "message",
        Since = "1.0.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Echo the given string",
    };

    public static void Execute(CommandContext context) => context.Reply.Bulk(context.Argument(1));
}
