using Hedge.Host.Commands.Sets;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZUnionStoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZUNIONSTORE", -4,
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
            "O(N)+O(M log(M)) with N being the sum of the sizes of the input sorted sets, and M being the" +
            " number of elements in the resulting sorted set.",
        Summary = "Add multiple sorted sets and store the resulting sorted set in a new key",
    };

    public static void Execute(CommandContext context) =>
        ScoreAlgebra.Store(context, SetOperation.Union, "zunionstore"u8);
}
