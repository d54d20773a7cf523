using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class StrLenCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("STRLEN", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadOnly))
    {
        Syntax = "key",
        Since = "2.2.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Get the length of the value stored in a key",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryGetString(context.Argument(1), out Record record)) return;
        context.Reply.Integer(record.Value.Length);
    }
}
