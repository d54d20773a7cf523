using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class LMPopCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LMPOP", -4,
        CommandFlags.Write | CommandFlags.MovableKeys,
        AclCategory.List,
        KeySpec.Counted(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Syntax = "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
        Arguments = "numkeys key where left right count",
        Since = "7.0.0",
        Group = "list",
        Complexity =
            "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        Summary = "Pop elements from a list",
    };

    public static void Execute(CommandContext context) => ListPop.PopFirst(context, 1, isBlocking: false);
}
