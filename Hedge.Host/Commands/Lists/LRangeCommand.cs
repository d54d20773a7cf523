using Hedge.Host.Declarations;
using Hedge.Storage.Types;
using Hedge.Storage.Walks;

namespace Hedge.Host.Commands.Lists;

internal sealed class LRangeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LRANGE", 4,
        CommandFlags.ReadOnly,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key start stop",
        Arguments = "key start:integer stop:integer",
        Since = "1.0.0",
        Group = "list",
        Complexity =
            "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end " +
            "(HEAD or TAIL) for large lists; and N is the number of elements in the specified range.",
        Summary = "Get a range of elements from a list",
    };

    public static void Execute(CommandContext context)
    {
        if (!ListRange.TryRead(context, out ListRange range)) return;
        if (!context.TryOpenList(context.Argument(1), out StoredList list)) return;
        range.Resolve(list.Count, out long from, out long to);
        long most = ElementsReply.BytesMin(context, list.Collection);
        if (!list.TryRead(from, to, most, out bool isLong)) return;
        if (isLong)
        {
            ElementsReply.Begin(context, list.Collection, new ElementStretch(from, to),
                static (reply, value, _, _) => reply.Bulk(value))?.ArrayHeader((int)(to - from));
            return;
        }

        context.Reply.ArrayHeader((int)(to - from));
        if (from == to) return;
        using StoredList.Walk walk = list.From(from);
        for (long left = to - from; left > 0 && walk.TryNext(out ReadOnlySpan<byte> value); left--)
            context.Reply.Bulk(value);
    }
}
