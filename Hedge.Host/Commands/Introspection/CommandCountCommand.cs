using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Introspection;

internal sealed class CommandCountCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("COMMAND|COUNT", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "2.8.13",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Get total number of Redis commands",
    };

    public static void Execute(CommandContext context) =>
        context.Reply.Integer(context.Server.Commands.Callable.Count);
}
