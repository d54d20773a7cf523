using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class MGetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MGET", -2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.From(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key [key ...]",
        Since = "1.0.0",
        Group = "string",
        Complexity = "O(N) where N is the number of keys to retrieve.",
        Summary = "Get the values of all the given keys",
        ReadsAllKeys = true,
        Tips = ["request_policy:multi_shard"],
    };

    public static void Execute(CommandContext context)
    {
        context.Reply.ArrayHeader(context.ArgumentCount - 1);
        bool resident = true;
        for (int i = 1; i < context.ArgumentCount; i++)
        {
            // After a miss the reply does not matter any more, but the other keys are asked for too.
            resident &= context.Keys.TryFind(context.Argument(i), out Record record);
            if (!resident) continue;
            if (record.Exists && record.Type == RecordType.String) context.Reply.Bulk(record.Value);
            else context.Reply.Null();
        }
    }
}
