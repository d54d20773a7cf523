using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class GetDelCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GETDEL", 2,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Traits = CommandTraits.CountsLookups,
        Syntax = "key",
        Since = "6.2.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Get the value of a key and delete the key",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryGetString(key, out Record old)) return;
        if (!old.Exists)
        {
            context.Reply.Null();
            return;
        }

        context.Reply.Bulk(old.Value);
        context.Keys.Remove(key);
        context.Notify(KeyspaceEvents.Generic, "del"u8, key);
    }
}
