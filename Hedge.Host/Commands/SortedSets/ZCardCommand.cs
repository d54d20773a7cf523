using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZCardCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZCARD", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly))
    {
        Syntax = "key",
        Arguments = "key",
        Since = "1.2.0",
        Group = "sorted-set",
        Complexity = "O(1)",
        Summary = "Get the number of members in a sorted set",
    };

    public static void Execute(CommandContext context)
    {
        if (context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set))
            context.Reply.Integer(set.Count);
    }
}
