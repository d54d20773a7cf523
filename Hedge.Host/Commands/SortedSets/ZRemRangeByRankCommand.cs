using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRemRangeByRankCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZREMRANGEBYRANK", 4,
        CommandFlags.Write,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key start stop",
        Arguments = "key start:integer stop:integer",
        Since = "2.0.0",
        Group = "sorted-set",
        Complexity =
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of " +
            "elements removed by the operation.",
        Summary = "Remove all members in a sorted set within the given indexes",
    };

    public static void Execute(CommandContext context) =>
        ScoreWrite.RemoveRange(context, RangeKind.Rank, "zremrangebyrank"u8);
}
