using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class BLPopCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BLPOP", -3,
        CommandFlags.Write | CommandFlags.NoScript | CommandFlags.Blocking,
        AclCategory.List,
        new KeySpec(1, -2, 1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Syntax = "key [key ...] timeout",
        Arguments = "key timeout:double",
        Since = "2.0.0",
        Group = "list",
        Complexity = "O(N) where N is the number of provided keys.",
        Summary = "Remove and get the first element in a list, or block until one is available",
        History =
        [
            ("6.0.0", "`timeout` is interpreted as a double instead of an integer."),
        ],
    };

    public static void Execute(CommandContext context) => ListPop.PopBlocking(context, isHead: true);
}
