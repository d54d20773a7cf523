using Hedge.Host.Declarations;
using Hedge.Host.Slots;

namespace Hedge.Host.Commands.Keys;

internal sealed class ScanCommand : ICommand
{
    private const long DefaultCount = 10;

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

        if (!TryParse(context, out KeyFilter filter, out long count)) return;
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

        if (!page.TryFill(context, filter, count, out ulong next))
        {
            context.Progress = page;
            return;
        }

        context.Reply.ArrayHeader(2);
        context.Reply.BulkInteger((long)next);
        page.Keys.Reply(context.Reply);
    }

    private static bool TryParse(CommandContext context, out KeyFilter filter, out long count)
    {
        count = DefaultCount;
        filter = default;
        ReadOnlySpan<byte> pattern = "*"u8;
        int type = 0;
        for (int i = 2; i < context.ArgumentCount; i += 2)
        {
            bool hasValue = i + 1 < context.ArgumentCount;
            bool isCount = hasValue && context.Is(i, "COUNT"u8);
            if (isCount && !context.TryInteger(i + 1, out count)) return false;
            if (hasValue && context.Is(i, "MATCH"u8)) pattern = context.Argument(i + 1);
            else if (hasValue && context.Is(i, "TYPE"u8)) type = i + 1;
            else if (!isCount || count < 1)
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }
        }

        filter = type == 0 ? new KeyFilter(pattern) : new KeyFilter(pattern, context.Argument(type));
        return true;
    }
}
