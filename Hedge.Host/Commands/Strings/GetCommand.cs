using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class GetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GET", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key",
        Since = "1.0.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Get the value of a key",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryGetString(context.Argument(1), out Record record)) return;
        if (record.Exists) context.Reply.Bulk(record.Value);
        else context.Reply.Null();
    }
}
