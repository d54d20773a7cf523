using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZInterCardCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZINTERCARD", -3,
        CommandFlags.ReadOnly | CommandFlags.MovableKeys,
        AclCategory.SortedSet,
        KeySpec.Counted(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.CountsNoLookups,
        Syntax = "numkeys key [key ...] [LIMIT limit]",
        Arguments = "numkeys key limit:integer",
        Since = "7.0.0",
        Group = "sorted-set",
        Complexity =
            "O(N*K) worst case with N being the smallest input sorted set, K being the number of input " +
            "sorted sets.",
        Summary = "Intersect multiple sorted sets and return the cardinality of the result",
    };

    public static void Execute(CommandContext context) => ScoreAlgebra.Count(context);
}
