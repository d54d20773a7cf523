using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Modules;

internal sealed class ModuleCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MODULE", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "4.0.0",
        Group = "server",
        Complexity = "Depends on subcommand.",
        Summary = "A container for module commands",
    };

    public static void Execute(CommandContext context) => Subcommands.Unknown(context);
}
