using Hedge.Host.Commands.Sets;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZUnionCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZUNION", -3,
        CommandFlags.ReadOnly | CommandFlags.MovableKeys,
        AclCategory.SortedSet,
        KeySpec.Counted(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.CountsNoLookups,
        Syntax =
            "numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] " +
            "[WITHSCORES]",
        Arguments = "numkeys key weight:integer aggregate sum min max withscores",
        Since = "6.2.0",
        Group = "sorted-set",
        Complexity =
            "O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the" +
            " number of elements in the resulting sorted set.",
        Summary = "Add multiple sorted sets",
    };

    public static void Execute(CommandContext context) => ScoreAlgebra.Reply(context, SetOperation.Union);
}
