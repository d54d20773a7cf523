using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class ConfigResetStatCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CONFIG|RESETSTAT", 2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "2.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Reset the stats returned by INFO",
    };

    public static void Execute(CommandContext context)
    {
        context.Server.Statistics.Reset();
        context.Reply.Ok();
    }
}
