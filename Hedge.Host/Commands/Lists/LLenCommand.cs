using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Lists;

internal sealed class LLenCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("LLEN", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.List,
        KeySpec.At(1, KeyFlags.ReadOnly))
    {
        Syntax = "key",
        Arguments = "key",
        Since = "1.0.0",
        Group = "list",
        Complexity = "O(1)",
        Summary = "Get the length of a list",
    };

    public static void Execute(CommandContext context)
    {
        if (context.TryOpenList(context.Argument(1), out StoredList list)) context.Reply.Integer(list.Count);
    }
}
