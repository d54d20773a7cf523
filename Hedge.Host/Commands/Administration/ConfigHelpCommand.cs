namespace Hedge.Host.Commands.Administration;

internal sealed class ConfigHelpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CONFIG|HELP", 2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "5.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    public static void Execute(CommandContext context) => Subcommands.Help(context);
}
