using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class BZPopMinCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BZPOPMIN", -3,
        CommandFlags.Write | CommandFlags.NoScript | CommandFlags.Blocking | CommandFlags.Fast,
        AclCategory.SortedSet,
        new KeySpec(1, -2, 1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Syntax = "key [key ...] timeout",
        Arguments = "key timeout:double",
        Since = "5.0.0",
        Group = "sorted-set",
        Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Summary =
            "Remove and return the member with the lowest score from one or more sorted sets, or block " +
            "until one is available",
        History =
        [
            ("6.0.0", "`timeout` is interpreted as a double instead of an integer."),
        ],
    };

    public static void Execute(CommandContext context) => ScorePop.PopBlocking(context, isMax: false);
}
