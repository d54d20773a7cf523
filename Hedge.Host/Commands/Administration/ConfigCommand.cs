using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class ConfigCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CONFIG", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "2.0.0",
        Group = "server",
        Complexity = "Depends on subcommand.",
        Summary = "A container for server configuration commands",
    };

    public static void Execute(CommandContext context) => Subcommands.Unknown(context);
}
