using System.Globalization;
using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

internal sealed class LatencyGraphCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LATENCY|GRAPH", 3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "event",
        Since = "2.8.13",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Return a latency graph for the event.",
        Tips = ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    };

    private const int ColumnsMax = 80;
    private const int Rows = 4;

    public static void Execute(CommandContext context)
    {
        string kind = Encoding.UTF8.GetString(context.Argument(2));
        if (!context.Server.Statistics.LatencyEvents().TryGetValue(kind, out LatencySeries? series))
        {
            context.Reply.Error($"ERR No samples available for event '{kind}'");
            return;
        }

        string graph = Draw(kind, series, context.NowMilliseconds / 1000);
        context.Reply.Verbatim("txt", Encoding.UTF8.GetBytes(graph));
    }

    // One column per sample: a bar as high as its share of the range, the age below it, read downwards.
    private static string Draw(string kind, LatencySeries series, long nowSeconds)
    {
        LatencySample[] samples = [.. series.Samples.TakeLast(ColumnsMax)];
        long low = samples.Min(s => s.Milliseconds);
        long high = samples.Max(s => s.Milliseconds);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"{kind} - high {high} ms, low {low} ms (all time high {series.Max} ms)\n");
        text.Append('-', ColumnsMax).Append('\n');
        for (int row = Rows; row > 0; row--)
        {
            foreach (LatencySample sample in samples)
            {
                long steps = high == low ? 1 : 1 + ((sample.Milliseconds - low) * (Rows - 1) / (high - low));
                text.Append(steps > row ? '|' : steps == row ? '#' : ' ');
            }

            text.Append('\n');
        }

        string[] ages = [.. samples.Select(s => Age(nowSeconds - s.UnixSeconds))];
        for (int row = 0; row < ages.Max(a => a.Length); row++)
        {
            foreach (string age in ages) text.Append(row < age.Length ? age[row] : ' ');
            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Age(long seconds) => seconds switch
    {
        < 60 => $"{seconds}s",
        < 3600 => $"{seconds / 60}m",
        < 86400 => $"{seconds / 3600}h",
        _ => $"{seconds / 86400}d",
    };
}
