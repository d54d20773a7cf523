using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRevRangeByLexCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZREVRANGEBYLEX", -4,
        CommandFlags.ReadOnly,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key max min [LIMIT offset count]",
        Arguments = "key max min offset_count offset count",
        Since = "2.8.9",
        Group = "sorted-set",
        Complexity =
            "O(log(N)+M) with N being the number of elements in the sorted set and M the number of " +
            "elements being returned. If M is constant (e.g. always asking for the first 10 elements with" +
            " LIMIT), you can consider it O(log(N)).",
        Summary =
            "Return a range of members in a sorted set, by lexicographical range, ordered from higher to " +
            "lower strings.",
        DeprecatedSince = "6.2.0",
        ReplacedBy = "`ZRANGE` with the `REV` and `BYLEX` arguments",
    };

    public static void Execute(CommandContext context) =>
        RangeReply.Members(context, RangeArguments.Of(1, RangeKind.Text, isReverse: true));
}
