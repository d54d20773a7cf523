using Hedge.Host.Commands.Sets;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZDiffStoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZDIFFSTORE", -4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.MovableKeys,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.Overwrite | KeyFlags.Update),
        KeySpec.Counted(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.TellsNewKeys,
        Syntax = "destination numkeys key [key ...]",
        Arguments = "destination:key numkeys key:key#1",
        Since = "6.2.0",
        Group = "sorted-set",
        Complexity =
            "O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is " +
            "the size of the first set, and K is the size of the result set.",
        Summary = "Subtract multiple sorted sets and store the resulting sorted set in a new key",
    };

    public static void Execute(CommandContext context) =>
        ScoreAlgebra.Store(context, SetOperation.Difference, "zdiffstore"u8);
}
