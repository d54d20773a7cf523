using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

internal sealed class LatencyHistogramCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LATENCY|HISTOGRAM", -2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "[command [command ...]]",
        Since = "7.0.0",
        Group = "server",
        Complexity = "O(N) where N is the number of commands with latency information being retrieved.",
        Summary = "Return the cumulative distribution of latencies of a subset of commands or all.",
        Tips = ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
    };

    // The buckets are the powers of two from 1,024 to about 2^30 nanoseconds.
    private const int FirstPower = 10;
    private const int LastPower = 30;

    public static void Execute(CommandContext context)
    {
        var shown = new List<(Command Command, CommandFigures Figures)>();
        foreach (Command command in Chosen(context))
        {
            CommandFigures figures = context.Server.Statistics.Sum(command);
            if (figures.Histogram is { Total: > 0 }) shown.Add((command, figures));
        }

        context.Reply.MapHeader(shown.Count);
        foreach ((Command command, CommandFigures figures) in shown) Write(context, command, figures);
    }

    private static IEnumerable<Command> Chosen(CommandContext context)
    {
        CommandTable table = context.Server.Commands;
        if (context.ArgumentCount == 2) return table.All;
        var chosen = new List<Command>();
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            ReadOnlySpan<byte> word = context.Argument(i);
            int bar = word.IndexOf((byte)'|');
            Command? command = table.Find(bar < 0 ? word : word[..bar]);
            if (command != null && bar >= 0) command = command.FindSubcommand(word[(bar + 1)..]);
            if (command == null) continue;
            chosen.Add(command);
            chosen.AddRange(command.Subcommands);
        }

        return chosen;
    }

    private static void Write(CommandContext context, Command command, CommandFigures figures)
    {
        LatencyHistogram histogram = figures.Histogram!;
        var buckets = new List<(long Microseconds, long Count)>();
        long last = 0;
        for (int power = FirstPower; power <= LastPower && last < histogram.Total; power++)
        {
            // What a histogram with two significant digits calls the end of the bucket of 2^power
            // nanoseconds.
            long end = ((1L << power) + (1L << (power - 7)) - 1) / 1000;
            long count = power == LastPower ? histogram.Total : histogram.CountUpTo(end);
            if (count == last) continue;
            buckets.Add((end, count));
            last = count;
        }

        context.Reply.Bulk(Encoding.ASCII.GetBytes(CommandNames.Lower(command)));
        context.Reply.MapHeader(2);
        context.Reply.Bulk("calls"u8);
        context.Reply.Integer(histogram.Total);
        context.Reply.Bulk("histogram_usec"u8);
        context.Reply.MapHeader(buckets.Count);
        foreach ((long microseconds, long count) in buckets)
        {
            context.Reply.Integer(microseconds);
            context.Reply.Integer(count);
        }
    }
}
