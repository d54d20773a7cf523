using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRevRangeByScoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZREVRANGEBYSCORE", -4,
        CommandFlags.ReadOnly,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key max min [WITHSCORES] [LIMIT offset count]",
        Arguments = "key max:double min:double withscores offset_count offset count",
        Since = "2.2.0",
        Group = "sorted-set",
        Complexity =
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of " +
            "elements being returned. If M is constant (e.g. always asking for the first 10 elements with" +
            " LIMIT), you can consider it O(log(N)).",
        Summary = "Return a range of members in a sorted set, by score, with scores ordered from high to low",
        History =
        [
            ("2.1.6", "`min` and `max` can be exclusive."),
        ],
        DeprecatedSince = "6.2.0",
        ReplacedBy = "`ZRANGE` with the `REV` and `BYSCORE` arguments",
    };

    public static void Execute(CommandContext context) =>
        RangeReply.Members(context, RangeArguments.Of(1, RangeKind.Score, isReverse: true));
}
