using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class MemoryCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MEMORY", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "4.0.0",
        Group = "server",
        Complexity = "Depends on subcommand.",
        Summary = "A container for memory diagnostics commands",
    };

    public static void Execute(CommandContext context) => Subcommands.Unknown(context);
}
