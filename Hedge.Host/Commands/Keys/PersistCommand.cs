using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class PersistCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PERSIST", 2,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key",
        Since = "2.2.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Remove the expiration from a key",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.Keys.TryFind(key, out Record record)) return;
        bool expires = record.ExpireAt != 0;
        if (expires)
        {
            context.Keys.SetExpiry(key, 0);
            context.Notify(KeyspaceEvents.Generic, "persist"u8, key);
        }

        context.Reply.Integer(expires ? 1 : 0);
    }
}
