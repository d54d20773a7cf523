using System.Globalization;
using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

internal sealed class LatencyDoctorCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LATENCY|DOCTOR", 2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "2.8.13",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Return a human readable latency analysis report.",
        Tips = ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    };

    public static void Execute(CommandContext context) =>
        context.Reply.Verbatim("txt", Encoding.UTF8.GetBytes(Report(context)));

    private static string Report(CommandContext context)
    {
        ServerSettings settings = context.Server.Settings.Current;
        if (settings.LatencyMonitorThresholdMilliseconds == 0)
        {
            return "Nothing is recorded: latency-monitor-threshold is 0. To find what is slow, set it to the "
                + "number of milliseconds from which on you want to know, and ask again later.\n";
        }

        SortedDictionary<string, LatencySeries> events = context.Server.Statistics.LatencyEvents();
        if (events.Count == 0)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"Nothing took {settings.LatencyMonitorThresholdMilliseconds} ms or longer.\n");
        }

        var text = new StringBuilder();
        foreach ((string kind, LatencySeries series) in events)
        {
            double mean = series.Samples.Average(s => s.Milliseconds);
            text.Append(CultureInfo.InvariantCulture,
                $"{kind}: {series.Samples.Count} seconds with events, ");
            text.Append(CultureInfo.InvariantCulture, $"mean {mean:0} ms, worst {series.Max} ms.\n");
        }

        text.Append("\nWhat helps:\n");
        if (events.ContainsKey("command"))
            text.Append("- SLOWLOG GET names the slow commands: ask for less at a time (SCAN, not KEYS).\n");
        if (events.ContainsKey("fast-command"))
            text.Append("- Fast commands were slow: look for swapping and for other processes.\n");
        if (settings.AppendFsync == AppendFsync.Always)
            text.Append("- appendfsync is always: every write waits for the disk. everysec does not.\n");
        text.Append("- INFO tells how much is read from disk; with a larger maxmemory it is less.\n");
        return text.ToString();
    }
}
