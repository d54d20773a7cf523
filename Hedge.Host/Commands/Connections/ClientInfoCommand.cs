using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientInfoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|INFO", 2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "6.2.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Returns information about the current client connection.",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => ClientLines.Reply(context, [context.Session]);
}
