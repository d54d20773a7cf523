using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Host.Slots;

namespace Hedge.Host.Commands.Keys;

internal sealed class ScanCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SCAN", -2,
        CommandFlags.ReadOnly,
        AclCategory.Keyspace)
    {
        Scope = CommandScope.Cursor,
        Syntax = "cursor [MATCH pattern] [COUNT count] [TYPE type]",
        Arguments = "cursor pattern count type@6.0.0",
        Since = "2.8.0",
        Group = "generic",
        Complexity =
            "O(1) for every call. O(N) for a complete iteration, including enough command calls for " +
            "the cursor to return back to 0. N is the number of elements inside the collection.",
        Summary = "Incrementally iterate the keys space",
        Tips = ["nondeterministic_output", "request_policy:special"],
        History =
        [
            ("6.0.0", "Added the `TYPE` subcommand."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (!CursorTable.TryParse(context.Argument(1), out ulong cursor))
        {
            context.Reply.Error(CursorTable.Invalid);
            return;
        }

        if (!ScanOptions.TryRead(context, 2, mayHaveType: true, out ScanOptions options)) return;
        KeyFilter filter = options.TypeAt == 0 ? new KeyFilter(options.Pattern)
            : new KeyFilter(options.Pattern, context.Argument(options.TypeAt));
        if (context.Progress is not ScanPage page)
        {
            int partition = CursorTable.PartitionOf(cursor, context.Databases.PartitionCount);
            if (!context.CursorsOf(partition).TryResume(cursor, out bool fromStart, out var after))
            {
                context.Reply.Error(CursorTable.Forgotten);
                return;
            }

            page = new ScanPage(partition, after, fromStart);
        }

        if (!page.TryFill(context, filter, options.Count, out ulong next))
        {
            context.Progress = page;
            return;
        }

        context.Reply.ArrayHeader(2);
        context.Reply.BulkInteger((long)next);
        page.Keys.Reply(context.Reply);
    }
}
