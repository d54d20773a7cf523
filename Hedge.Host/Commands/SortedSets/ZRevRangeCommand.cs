using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRevRangeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZREVRANGE", -4,
        CommandFlags.ReadOnly,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key start stop [WITHSCORES]",
        Arguments = "key start:integer stop:integer withscores",
        Since = "1.2.0",
        Group = "sorted-set",
        Complexity =
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of " +
            "elements returned.",
        Summary = "Return a range of members in a sorted set, by index, with scores ordered from high to low",
        DeprecatedSince = "6.2.0",
        ReplacedBy = "`ZRANGE` with the `REV` argument",
    };

    public static void Execute(CommandContext context) =>
        RangeReply.Members(context, RangeArguments.Of(1, RangeKind.Rank, isReverse: true));
}
