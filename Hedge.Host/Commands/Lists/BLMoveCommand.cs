using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class BLMoveCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BLMOVE", 6,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.NoScript | CommandFlags.Blocking,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete),
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout",
        Arguments = "source:key destination:key#1 wherefrom left right whereto left right timeout:double",
        Since = "6.2.0",
        Group = "list",
        Complexity = "O(1)",
        Summary =
            "Pop an element from a list, push it to another list and return it; or block until one is " +
            "available",
    };

    public static void Execute(CommandContext context)
    {
        if (ListMove.TryReadEnds(context, out bool fromHead, out bool toHead))
            ListMove.MoveBlocking(context, fromHead, toHead, timeoutIndex: 5);
    }
}
