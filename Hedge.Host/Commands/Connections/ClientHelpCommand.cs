using Hedge.Host.Commands.Administration;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "5.0.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    public static void Execute(CommandContext context) => Subcommands.Help(context);
}
