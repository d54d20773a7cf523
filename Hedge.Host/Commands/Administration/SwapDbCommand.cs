using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class SwapDbCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SWAPDB", 3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Keyspace | AclCategory.Dangerous)
    {
        Scope = CommandScope.AllPartitions,
        Syntax = "index1 index2",
        Arguments = "index1:integer index2:integer",
        Since = "4.0.0",
        Group = "server",
        Complexity = "O(N) where N is the count of clients watching or blocking on keys from both databases.",
        Summary = "Swaps two Redis databases",
    };

    public static void Execute(CommandContext context)
    {
        if (!TryReadDatabase(context, 1, "ERR invalid first DB index", out int first)) return;
        if (!TryReadDatabase(context, 2, "ERR invalid second DB index", out int second)) return;
        int count = context.Databases.Count;
        if (first < 0 || first >= count || second < 0 || second >= count)
        {
            context.Reply.Error(ErrorText.DatabaseOutOfRange);
            return;
        }

        context.Databases.Swap(first, second);
        context.Reply.Ok();
    }

    private static bool TryReadDatabase(CommandContext context, int index, string error, out int database)
    {
        bool read = Numbers.TryParseInt64(context.Argument(index), out long value) && value == (int)value;
        database = (int)value;
        if (!read) context.Reply.Error(error);
        return read;
    }
}
