using Hedge.Host.Commands.Sets;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZDiffCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZDIFF", -3,
        CommandFlags.ReadOnly | CommandFlags.MovableKeys,
        AclCategory.SortedSet,
        KeySpec.Counted(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.CountsNoLookups,
        Syntax = "numkeys key [key ...] [WITHSCORES]",
        Arguments = "numkeys key withscores",
        Since = "6.2.0",
        Group = "sorted-set",
        Complexity =
            "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is " +
            "the size of the first set, and K is the size of the result set.",
        Summary = "Subtract multiple sorted sets",
    };

    public static void Execute(CommandContext context) =>
        ScoreAlgebra.Reply(context, SetOperation.Difference);
}
