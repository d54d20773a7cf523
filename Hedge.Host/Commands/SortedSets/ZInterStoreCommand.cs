using Hedge.Host.Commands.Sets;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZInterStoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZINTERSTORE", -4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.MovableKeys,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.Overwrite | KeyFlags.Update),
        KeySpec.Counted(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.TellsNewKeys,
        Syntax =
            "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | " +
            "MAX>]",
        Arguments = "destination:key numkeys key:key#1 weight:integer aggregate sum min max",
        Since = "2.0.0",
        Group = "sorted-set",
        Complexity =
            "O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number" +
            " of input sorted sets and M being the number of elements in the resulting sorted set.",
        Summary = "Intersect multiple sorted sets and store the resulting sorted set in a new key",
    };

    public static void Execute(CommandContext context) =>
        ScoreAlgebra.Store(context, SetOperation.Intersection, "zinterstore"u8);
}
