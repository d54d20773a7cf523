using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class BRPopLPushCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BRPOPLPUSH", 4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.NoScript | CommandFlags.Blocking,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete),
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "source destination timeout",
        Arguments = "source:key destination:key#1 timeout:double",
        Since = "2.2.0",
        Group = "list",
        Complexity = "O(1)",
        Summary =
            "Pop an element from a list, push it to another list and return it; or block until one is " +
            "available",
        History =
        [
            ("6.0.0", "`timeout` is interpreted as a double instead of an integer."),
        ],
        DeprecatedSince = "6.2.0",
        ReplacedBy = "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
    };

    public static void Execute(CommandContext context) =>
        ListMove.MoveBlocking(context, fromHead: false, toHead: true, timeoutIndex: 3);
}
