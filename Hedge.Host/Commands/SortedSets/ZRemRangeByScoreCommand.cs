using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRemRangeByScoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZREMRANGEBYSCORE", 4,
        CommandFlags.Write,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key min max",
        Arguments = "key min:double max:double",
        Since = "1.2.0",
        Group = "sorted-set",
        Complexity =
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of " +
            "elements removed by the operation.",
        Summary = "Remove all members in a sorted set within the given scores",
    };

    public static void Execute(CommandContext context) =>
        ScoreWrite.RemoveRange(context, RangeKind.Score, "zremrangebyscore"u8);
}
