using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Lists;

internal sealed class LSetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LSET", 4,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key index element",
        Arguments = "key index element",
        Since = "1.0.0",
        Group = "list",
        Complexity =
            "O(N) where N is the length of the list. Setting either the first or the last element of the " +
            "list is O(1).",
        Summary = "Set the value of an element in a list by its index",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenList(key, out StoredList list)) return;
        if (!list.Collection.Exists)
        {
            context.Reply.Error(ErrorText.NoSuchKey);
            return;
        }

        if (!context.TryInteger(2, out long index)) return;
        long count = list.Count;
        if (index < 0) index += count;
        if (index < 0 || index >= count)
        {
            context.Reply.Error("ERR index out of range");
            return;
        }

        if (!list.TrySet(index, context.Argument(3))) return;
        context.Notify(KeyspaceEvents.List, "lset"u8, key);
        context.Reply.Ok();
    }
}
