using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZAddCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZADD", -4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
        Arguments =
            "key condition@3.0.2 nx xx comparison@6.2.0 gt lt change@3.0.2 increment@3.0.2 score_member " +
            "score:double member",
        Since = "1.2.0",
        Group = "sorted-set",
        Complexity = "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
        Summary = "Add one or more members to a sorted set, or update its score if it already exists",
        History =
        [
            ("2.4.0", "Accepts multiple elements."),
            ("3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."),
            ("6.2.0", "Added the `GT` and `LT` options."),
        ],
    };

    public static void Execute(CommandContext context) => ScoreWrite.Add(context, ScoreOptions.None);
}
