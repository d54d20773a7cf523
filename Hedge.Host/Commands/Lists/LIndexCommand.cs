using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Lists;

internal sealed class LIndexCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LINDEX", 3,
        CommandFlags.ReadOnly,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key index",
        Arguments = "key index",
        Since = "1.0.0",
        Group = "list",
        Complexity =
            "O(N) where N is the number of elements to traverse to get to the element at index. This " +
            "makes asking for the first or the last element of the list O(1).",
        Summary = "Get an element from a list by its index",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenList(context.Argument(1), out StoredList list)) return;
        if (!list.Collection.Exists)
        {
            // The number is looked at only when there is a list.
            context.Reply.Null();
            return;
        }

        if (!context.TryInteger(2, out long index)) return;
        long count = list.Count;
        if (index < 0) index += count;
        if (index < 0 || index >= count) context.Reply.Null();
        else if (list.TryAt(index, out ReadOnlySpan<byte> value)) context.Reply.Bulk(value);
    }
}
