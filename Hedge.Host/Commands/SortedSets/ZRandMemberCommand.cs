using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRandMemberCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZRANDMEMBER", -2,
        CommandFlags.ReadOnly,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key [count [WITHSCORES]]",
        Arguments = "key options count withscores",
        Since = "6.2.0",
        Group = "sorted-set",
        Complexity = "O(N) where N is the number of elements returned",
        Summary = "Get one or multiple random elements from a sorted set",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context)
    {
        bool hasCount = context.ArgumentCount > 2;
        if (!RandomCount.TryParse(context, "WITHSCORES"u8, out long count, out bool withScores)) return;
        if (!context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set)) return;
        if (!hasCount) RangeReply.RandomMember(context, set);
        else if (count == 0 || set.Count == 0) context.Reply.ArrayHeader(0);
        else if (count >= set.Count) RangeReply.Walk(context, set, 0, set.Count, false, withScores);
        else RangeReply.RandomMembers(context, set, count, withScores);
    }
}
