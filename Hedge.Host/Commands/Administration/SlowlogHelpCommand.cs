namespace Hedge.Host.Commands.Administration;

internal sealed class SlowlogHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SLOWLOG|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "6.2.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    public static void Execute(CommandContext context) => Subcommands.Help(context);
}
