using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRangeByScoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZRANGEBYSCORE", -4,
        CommandFlags.ReadOnly,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key min max [WITHSCORES] [LIMIT offset count]",
        Arguments = "key min:double max:double withscores@2.0.0 offset_count offset count",
        Since = "1.0.5",
        Group = "sorted-set",
        Complexity =
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of " +
            "elements being returned. If M is constant (e.g. always asking for the first 10 elements with" +
            " LIMIT), you can consider it O(log(N)).",
        Summary = "Return a range of members in a sorted set, by score",
        History =
        [
            ("2.0.0", "Added the `WITHSCORES` modifier."),
        ],
        DeprecatedSince = "6.2.0",
        ReplacedBy = "`ZRANGE` with the `BYSCORE` argument",
    };

    public static void Execute(CommandContext context) =>
        RangeReply.Members(context, RangeArguments.Of(1, RangeKind.Score));
}
