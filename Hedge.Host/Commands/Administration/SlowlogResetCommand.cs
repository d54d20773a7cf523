using Hedge.Host.Declarations;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

internal sealed class SlowlogResetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SLOWLOG|RESET", 2,
        CommandFlags.Admin | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "2.2.12",
        Group = "server",
        Complexity = "O(N) where N is the number of entries in the slowlog",
        Summary = "Clear all entries from the slow log",
        Tips = ["request_policy:all_nodes", "response_policy:all_succeeded"],
    };

    public static void Execute(CommandContext context)
    {
        foreach (CoreStatistics core in context.Server.Statistics.Cores) core.SlowLog.Clear();
        context.Reply.Ok();
    }
}
