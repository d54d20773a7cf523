using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class LMoveCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LMOVE", 5,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete),
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "source destination <LEFT | RIGHT> <LEFT | RIGHT>",
        Arguments = "source:key destination:key#1 wherefrom left right whereto left right",
        Since = "6.2.0",
        Group = "list",
        Complexity = "O(1)",
        Summary = "Pop an element from a list, push it to another list and return it",
    };

    public static void Execute(CommandContext context)
    {
        if (ListMove.TryReadEnds(context, out bool fromHead, out bool toHead))
            ListMove.Move(context, fromHead, toHead);
    }
}
