using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class RPopLPushCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("RPOPLPUSH", 3,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete),
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "source destination",
        Arguments = "source:key destination:key#1",
        Since = "1.2.0",
        Group = "list",
        Complexity = "O(1)",
        Summary = "Remove the last element in a list, prepend it to another list and return it",
        DeprecatedSince = "6.2.0",
        ReplacedBy = "`LMOVE` with the `RIGHT` and `LEFT` arguments",
    };

    public static void Execute(CommandContext context) =>
        ListMove.Move(context, fromHead: false, toHead: true);
}
