using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class RPushCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("RPUSH", -3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "key element [element ...]",
        Arguments = "key element",
        Since = "1.0.0",
        Group = "list",
        Complexity =
            "O(1) for each element added, so O(N) to add N elements when the command is called with " +
            "multiple arguments.",
        Summary = "Append one or multiple elements to a list",
        History =
        [
            ("2.4.0", "Accepts multiple `element` arguments."),
        ],
    };

    public static void Execute(CommandContext context) =>
        ListWrite.Push(context, isHead: false, mustExist: false);
}
