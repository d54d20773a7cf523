using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZMScoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZMSCORE", -3,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key member [member ...]",
        Arguments = "key member",
        Since = "6.2.0",
        Group = "sorted-set",
        Complexity = "O(N) where N is the number of members being requested.",
        Summary = "Get the score associated with the given members in a sorted set",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set)) return;
        context.Reply.ArrayHeader(context.ArgumentCount - 2);
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            // When one is missing, the reply is taken back; the others are looked for all the same.
            set.TryFind(context.Argument(i), out bool isThere, out double score);
            if (isThere) context.Reply.Double(score);
            else context.Reply.Null();
        }
    }
}
