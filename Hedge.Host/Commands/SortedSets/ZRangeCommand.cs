using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRangeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZRANGE", -4,
        CommandFlags.ReadOnly,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
        Arguments =
            "key start stop sortby@6.2.0 byscore bylex rev@6.2.0 offset_count@6.2.0 offset count " +
            "withscores",
        Since = "1.2.0",
        Group = "sorted-set",
        Complexity =
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of " +
            "elements returned.",
        Summary = "Return a range of members in a sorted set",
        History =
        [
            ("6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options."),
        ],
    };

    public static void Execute(CommandContext context) =>
        RangeReply.Members(context, RangeArguments.Of(1), readsKind: true);
}
