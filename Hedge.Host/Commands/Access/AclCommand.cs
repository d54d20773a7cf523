using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Access;

internal sealed class AclCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "6.0.0",
        Group = "server",
        Complexity = "Depends on subcommand.",
        Summary = "A container for Access List Control commands ",
    };

    public static void Execute(CommandContext context) => Subcommands.Unknown(context);
}
