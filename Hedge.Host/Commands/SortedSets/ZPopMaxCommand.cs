using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZPopMaxCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZPOPMAX", -2,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Syntax = "key [count]",
        Arguments = "key count",
        Since = "5.0.0",
        Group = "sorted-set",
        Complexity =
            "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of" +
            " elements popped.",
        Summary = "Remove and return members with the highest scores in a sorted set",
    };

    public static void Execute(CommandContext context) => ScorePop.Pop(context, isMax: true);
}
