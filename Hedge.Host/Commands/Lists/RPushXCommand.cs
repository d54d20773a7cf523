using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class RPushXCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("RPUSHX", -3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "key element [element ...]",
        Arguments = "key element",
        Since = "2.2.0",
        Group = "list",
        Complexity =
            "O(1) for each element added, so O(N) to add N elements when the command is called with " +
            "multiple arguments.",
        Summary = "Append an element to a list, only if the list exists",
        History =
        [
            ("4.0.0", "Accepts multiple `element` arguments."),
        ],
    };

    public static void Execute(CommandContext context) =>
        ListWrite.Push(context, isHead: false, mustExist: true);
}
