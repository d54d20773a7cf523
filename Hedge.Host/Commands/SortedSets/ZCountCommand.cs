using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZCountCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZCOUNT", 4,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key min max",
        Arguments = "key min:double max:double",
        Since = "2.0.0",
        Group = "sorted-set",
        Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Summary = "Count the members in a sorted set with scores within the given values",
    };

    public static void Execute(CommandContext context) => RankReply.Count(context, RangeKind.Score);
}
