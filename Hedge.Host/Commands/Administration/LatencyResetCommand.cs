using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

internal sealed class LatencyResetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LATENCY|RESET", -2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "[event [event ...]]",
        Since = "2.8.13",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Reset latency data for one or more events.",
        Tips = ["request_policy:all_nodes", "response_policy:all_succeeded"],
    };

    public static void Execute(CommandContext context)
    {
        ServerStatistics statistics = context.Server.Statistics;
        IEnumerable<string> kinds = context.ArgumentCount == 2
            ? statistics.LatencyEvents().Keys
            : Enumerable.Range(2, context.ArgumentCount - 2)
                .Select(i => Encoding.UTF8.GetString(context.Argument(i)));
        int count = 0;
        foreach (string kind in kinds.ToArray())
        {
            bool removed = false;
            foreach (CoreStatistics core in statistics.Cores) removed |= core.Latency.Events.Remove(kind);
            if (removed) count++;
        }

        context.Reply.Integer(count);
    }
}
