using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRangeStoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZRANGESTORE", -5,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.Overwrite | KeyFlags.Update),
        KeySpec.At(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.TellsNewKeys,
        Syntax = "dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]",
        Arguments = "dst:key src:key#1 min max sortby byscore bylex rev offset_count offset count",
        Since = "6.2.0",
        Group = "sorted-set",
        Complexity =
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of " +
            "elements stored into the destination key.",
        Summary = "Store a range of members from sorted set into another key",
    };

    public static void Execute(CommandContext context) => RangeReply.Store(context);
}
