using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class LatencyCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LATENCY", -2,
        CommandFlags.None,
        AclCategory.None)
    {
        Syntax = "",
        Since = "2.8.13",
        Group = "server",
        Complexity = "Depends on subcommand.",
        Summary = "A container for latency diagnostics commands",
    };

    public static void Execute(CommandContext context) => Subcommands.Unknown(context);
}
