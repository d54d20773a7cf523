using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class GetExCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GETEX", -2,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update,
            "RW and UPDATE because it changes the TTL"))
    {
        Traits = CommandTraits.CountsLookups,
        Syntax =
            "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT " +
            "unix-time-milliseconds | PERSIST]",
        Arguments = "key expiration seconds milliseconds unix-time-seconds unix-time-milliseconds persist",
        Since = "6.2.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Get the value of a key and optionally set its expiration",
    };

    public static void Execute(CommandContext context)
    {
        if (!SetOptions.TryParse(context, 2, SetFlags.AnyOfGetEx, out SetOptions options)) return;
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryGetString(key, out Record record)) return;
        if (!record.Exists)
        {
            // The number is looked at only when there is a key.
            context.Reply.Null();
            return;
        }

        if (!options.TryExpireAt(context, out long expireAt)) return;
        context.Reply.Bulk(record.Value);
        if (options.ExpiryIndex != 0)
        {
            bool past = expireAt <= context.NowMilliseconds;
            if (past) context.Keys.Remove(key);
            else context.Keys.SetExpiry(key, expireAt);
            context.Notify(KeyspaceEvents.Generic, past ? "del"u8 : "expire"u8, key);
        }
        else if ((options.Flags & SetFlags.Persist) != 0 && record.ExpireAt != 0)
        {
            context.Keys.SetExpiry(key, 0);
            context.Notify(KeyspaceEvents.Generic, "persist"u8, key);
        }
    }
}
