using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class LInsertCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LINSERT", 5,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "key <BEFORE | AFTER> pivot element",
        Arguments = "key where before after pivot element",
        Since = "2.2.0",
        Group = "list",
        Complexity =
            "O(N) where N is the number of elements to traverse before seeing the value pivot. This means" +
            " that inserting somewhere on the left end on the list (head) can be considered O(1) and " +
            "inserting somewhere on the right end (tail) is O(N).",
        Summary = "Insert an element before or after another element in a list",
    };

    public static void Execute(CommandContext context) => ListWrite.Insert(context);
}
