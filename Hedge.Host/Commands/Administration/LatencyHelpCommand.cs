using Hedge.Host.Declarations;

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

    public static void Execute(CommandContext context) => HelpReply.Write(context, "LATENCY",
    [
        "DOCTOR",
        "    Return a human readable latency analysis report.",
        "GRAPH <event>",
        "    Return an ASCII latency graph for the <event> class.",
        "HISTORY <event>",
        "    Return time-latency samples for the <event> class.",
        "LATEST",
        "    Return the latest latency samples for all events.",
        "RESET [<event> ...]",
        "    Reset latency data of one or more <event> classes.",
        "    (default: reset all data for all event classes)",
        "HISTOGRAM [COMMAND ...]",
        "    Return a cumulative distribution of latencies in the format of a histogram for the "
            + "specified command names.",
        "    If no commands are specified then all histograms are replied.",
    ]);
}
