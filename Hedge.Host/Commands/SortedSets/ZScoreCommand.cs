using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZScoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZSCORE", 3,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key member",
        Arguments = "key member",
        Since = "1.2.0",
        Group = "sorted-set",
        Complexity = "O(1)",
        Summary = "Get the score associated with the given member in a sorted set",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set)) return;
        if (!set.TryFind(context.Argument(2), out bool isThere, out double score)) return;
        if (isThere) context.Reply.Double(score);
        else context.Reply.Null();
    }
}
