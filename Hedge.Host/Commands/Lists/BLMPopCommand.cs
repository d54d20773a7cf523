using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class BLMPopCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BLMPOP", -5,
        CommandFlags.Write | CommandFlags.Blocking | CommandFlags.MovableKeys,
        AclCategory.List,
        KeySpec.Counted(2, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Syntax = "timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
        Arguments = "timeout:double numkeys key where left right count",
        Since = "7.0.0",
        Group = "list",
        Complexity =
            "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
        Summary = "Pop elements from a list, or block until one is available",
    };

    public static void Execute(CommandContext context) => ListPop.PopFirst(context, 2, isBlocking: true);
}
