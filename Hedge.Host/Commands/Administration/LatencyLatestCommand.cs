using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

internal sealed class LatencyLatestCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LATENCY|LATEST", 2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "2.8.13",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Return the latest latency samples for all events.",
        Tips = ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    };

    public static void Execute(CommandContext context)
    {
        SortedDictionary<string, LatencySeries> events = context.Server.Statistics.LatencyEvents();
        context.Reply.ArrayHeader(events.Count);
        foreach ((string kind, LatencySeries series) in events)
        {
            context.Reply.ArrayHeader(4);
            context.Reply.Bulk(Encoding.ASCII.GetBytes(kind));
            context.Reply.Integer(series.Samples[^1].UnixSeconds);
            context.Reply.Integer(series.Samples[^1].Milliseconds);
            context.Reply.Integer(series.Max);
        }
    }
}
