using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class LPopCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LPOP", -2,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Syntax = "key [count]",
        Arguments = "key count@6.2.0",
        Since = "1.0.0",
        Group = "list",
        Complexity = "O(N) where N is the number of elements returned",
        Summary = "Remove and get the first elements in a list",
        History =
        [
            ("6.2.0", "Added the `count` argument."),
        ],
    };

    public static void Execute(CommandContext context) => ListPop.Pop(context, isHead: true);
}
