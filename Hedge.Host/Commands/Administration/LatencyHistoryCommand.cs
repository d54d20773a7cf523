using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

internal sealed class LatencyHistoryCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LATENCY|HISTORY", 3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "event",
        Since = "2.8.13",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Return timestamp-latency samples for the event.",
        Tips = ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    };

    public static void Execute(CommandContext context)
    {
        string kind = Encoding.UTF8.GetString(context.Argument(2));
        if (!context.Server.Statistics.LatencyEvents().TryGetValue(kind, out LatencySeries? series))
        {
            context.Reply.ArrayHeader(0);
            return;
        }

        context.Reply.ArrayHeader(series.Samples.Count);
        foreach (LatencySample sample in series.Samples)
        {
            context.Reply.ArrayHeader(2);
            context.Reply.Integer(sample.UnixSeconds);
            context.Reply.Integer(sample.Milliseconds);
        }
    }
}
