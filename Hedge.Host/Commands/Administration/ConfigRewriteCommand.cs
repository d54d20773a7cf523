using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class ConfigRewriteCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CONFIG|REWRITE", 2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "2.8.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Rewrite the configuration file with the in memory configuration",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Server.Settings.Rewrite() is { } problem) context.Reply.Error(problem);
        else context.Reply.Ok();
    }
}
