using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class BZMPopCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BZMPOP", -5,
        CommandFlags.Write | CommandFlags.Blocking | CommandFlags.MovableKeys,
        AclCategory.SortedSet,
        KeySpec.Counted(2, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Syntax = "timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
        Arguments = "timeout:double numkeys key where min max count",
        Since = "7.0.0",
        Group = "sorted-set",
        Complexity =
            "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in" +
            " the sorted set, and M being the number of elements popped.",
        Summary = "Remove and return members with scores in a sorted set or block until one is available",
    };

    public static void Execute(CommandContext context) => ScorePop.PopFirst(context, 2, isBlocking: true);
}
