using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class SetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SET", -3,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update | KeyFlags.VariableFlags,
            "RW and ACCESS due to the optional `GET` argument"))
    {
        Syntax =
            "key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT " +
            "unix-time-milliseconds | KEEPTTL]",
        Arguments =
            "key value condition@2.6.12 nx xx get@6.2.0 expiration seconds@2.6.12 " +
            "milliseconds@2.6.12 unix-time-seconds@6.2.0 unix-time-milliseconds@6.2.0 keepttl@6.0.0",
        Since = "1.0.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Set the string value of a key",
        History =
        [
            ("2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."),
            ("6.0.0", "Added the `KEEPTTL` option."),
            ("6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."),
            ("7.0.0", "Allowed the `NX` and `GET` options to be used together."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 3)
        {
            ExecuteWithOptions(context);
            return;
        }

        context.Keys.SetString(context.Argument(1), context.Argument(2));
        context.Notify(KeyspaceEvents.String, "set"u8, context.Argument(1));
        context.Reply.Ok();
    }

    // A key whose time has passed is gone at once; Redis finds that a moment later, and tells the same.
    private static void TellExpiry(CommandContext context, ReadOnlySpan<byte> key, long expireAt)
    {
        context.Notify(KeyspaceEvents.Generic, "expire"u8, key);
        if (expireAt <= context.NowMilliseconds) context.TellExpired(key);
    }

    private static void ExecuteWithOptions(CommandContext context)
    {
        if (!SetOptions.TryParse(context, 3, isSet: true, out SetOptions options)) return;
        if (!options.TryExpireAt(context, out long expireAt)) return;
        const SetFlags NeedsOld = SetFlags.IfAbsent | SetFlags.IfPresent | SetFlags.KeepExpiry;
        ReadOnlySpan<byte> key = context.Argument(1);
        Record old = default;
        bool returnsOld = (options.Flags & SetFlags.ReturnOld) != 0;
        // Only GET minds the type of what is there.
        if (returnsOld && !context.TryReadString(key, out old)) return;
        if (!returnsOld && (options.Flags & NeedsOld) != 0 && !context.Keys.TryFind(key, out old)) return;
        if (returnsOld)
        {
            if (old.Exists) context.Reply.Bulk(old.Value);
            else context.Reply.Null();
        }

        SetFlags hindrance = old.Exists ? SetFlags.IfAbsent : SetFlags.IfPresent;
        if ((options.Flags & hindrance) != 0)
        {
            if (!returnsOld) context.Reply.Null();
            return;
        }

        if ((options.Flags & SetFlags.KeepExpiry) != 0) expireAt = old.ExpireAt;
        context.Keys.SetString(key, context.Argument(2), expireAt);
        context.Notify(KeyspaceEvents.String, "set"u8, key);
        if (options.ExpiryIndex != 0) TellExpiry(context, key, expireAt);
        if (!returnsOld) context.Reply.Ok();
    }
}
