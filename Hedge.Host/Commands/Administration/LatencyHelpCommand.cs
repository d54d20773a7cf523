namespace Hedge.Host.Commands.Administration;

internal sealed class LatencyHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LATENCY|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "2.8.13",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands.",
    };

    public static void Execute(CommandContext context) => Subcommands.Help(context);
}
