using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Statistics;

namespace Hedge.Host.Commands.Administration;

internal sealed class SlowlogGetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SLOWLOG|GET", -2,
        CommandFlags.Admin | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "[count]",
        Since = "2.2.12",
        Group = "server",
        Complexity = "O(N) where N is the number of entries returned",
        Summary = "Get the slow log's entries",
        Tips = ["request_policy:all_nodes", "nondeterministic_output"],
        History =
        [
            ("4.0.0", "Added client IP address, port and name to the reply."),
        ],
    };

    private const int DefaultCount = 10;

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 3)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        long count = DefaultCount;
        if (context.ArgumentCount == 3)
        {
            const string problem = "ERR count should be greater than or equal to -1";
            if (!context.TryInteger(2, out count, problem)) return;
            if (count < -1 || count > int.MaxValue)
            {
                context.Reply.Error(problem);
                return;
            }
        }

        int lengthMax = context.Server.Settings.Current.SlowlogMaxLength;
        int wanted = count < 0 ? lengthMax : (int)Math.Min(count, lengthMax);
        IReadOnlyList<SlowLogEntry> entries = context.Server.Statistics.SlowCommands(wanted);
        context.Reply.ArrayHeader(entries.Count);
        foreach (SlowLogEntry entry in entries)
        {
            context.Reply.ArrayHeader(6);
            context.Reply.Integer(entry.Id);
            context.Reply.Integer(entry.UnixSeconds);
            context.Reply.Integer(entry.Microseconds);
            context.Reply.ArrayHeader(entry.Arguments.Count);
            foreach (ReadOnlyMemory<byte> argument in entry.Arguments) context.Reply.Bulk(argument.Span);
            context.Reply.Bulk(Encoding.UTF8.GetBytes(entry.Address));
            context.Reply.Bulk(Encoding.UTF8.GetBytes(entry.ClientName));
        }
    }
}
