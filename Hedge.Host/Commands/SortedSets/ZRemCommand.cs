using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRemCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZREM", -3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key member [member ...]",
        Arguments = "key member",
        Since = "1.2.0",
        Group = "sorted-set",
        Complexity =
            "O(M*log(N)) with N being the number of elements in the sorted set and M the number of " +
            "elements to be removed.",
        Summary = "Remove one or more members from a sorted set",
        History =
        [
            ("2.4.0", "Accepts multiple elements."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenSortedSet(key, out StoredSortedSet set)) return;
        bool isRead = true;
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            isRead &= set.TryFind(context.Argument(i), out bool isThere, out double score);
            if (isThere) isRead &= set.TryPrepare(context.Argument(i), score);
        }

        if (!isRead) return;
        long removed = 0;
        for (int i = 2; i < context.ArgumentCount && set.Collection.Exists; i++)
            if (set.Remove(context.Argument(i))) removed++;

        if (removed > 0) Removal.Tell(context, set.Collection, key, "zrem"u8);
        context.Reply.Integer(removed);
    }
}
