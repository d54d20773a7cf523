using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZLexCountCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZLEXCOUNT", 4,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key min max",
        Arguments = "key min max",
        Since = "2.8.9",
        Group = "sorted-set",
        Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Summary = "Count the number of members in a sorted set between a given lexicographical range",
    };

    public static void Execute(CommandContext context) => RankReply.Count(context, RangeKind.Text);
}
