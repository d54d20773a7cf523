using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZRevRankCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZREVRANK", 3,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key member",
        Arguments = "key member",
        Since = "2.0.0",
        Group = "sorted-set",
        Complexity = "O(log(N))",
        Summary = "Determine the index of a member in a sorted set, with scores ordered from high to low",
    };

    public static void Execute(CommandContext context) => RankReply.Rank(context, isReverse: true);
}
