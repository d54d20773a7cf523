using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class LRemCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LREM", 4,
        CommandFlags.Write,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key count element",
        Arguments = "key count element",
        Since = "1.0.0",
        Group = "list",
        Complexity = "O(N+M) where N is the length of the list and M is the number of elements removed.",
        Summary = "Remove elements from a list",
    };

    public static void Execute(CommandContext context) => ListWrite.RemoveEqual(context);
}
