namespace Hedge.Host.Commands.Administration;

internal sealed class MemoryHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MEMORY|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "4.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    public static void Execute(CommandContext context) => Subcommands.Help(context);
}
