using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Lists;

internal sealed class LTrimCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LTRIM", 4,
        CommandFlags.Write,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key start stop",
        Arguments = "key start:integer stop:integer",
        Since = "1.0.0",
        Group = "list",
        Complexity = "O(N) where N is the number of elements to be removed by the operation.",
        Summary = "Trim a list to the specified range",
    };

    public static void Execute(CommandContext context) => ListWrite.Trim(context);
}
