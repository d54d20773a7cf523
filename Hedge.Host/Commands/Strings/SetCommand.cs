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
            "key value [NX | XX | IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE "
            + "ifdne-digest] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT "
            + "unix-time-milliseconds | KEEPTTL]",
        Arguments =
            "key value condition@2.6.12 nx xx ifeq-value@8.4.0 ifne-value@8.4.0 ifdeq-digest@8.4.0 "
            + "ifdne-digest@8.4.0 get@6.2.0 expiration seconds@2.6.12 milliseconds@2.6.12 "
            + "unix-time-seconds@6.2.0 unix-time-milliseconds@6.2.0 keepttl@6.0.0",
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
            ("8.4.0", "Added the `IFEQ`, `IFNE`, `IFDEQ` and `IFDNE` options."),
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

    private static void ExecuteWithOptions(CommandContext context)
    {
        if (!SetOptions.TryParse(context, 3, SetFlags.AnyOfSet, out SetOptions options)) return;
        if (!options.TryExpireAt(context, out long expireAt)) return;
        const SetFlags needsOld = SetFlags.IfAbsent | SetFlags.IfPresent | SetFlags.KeepExpiry;
        ReadOnlySpan<byte> key = context.Argument(1);
        Record old = default;
        bool returnsOld = (options.Flags & SetFlags.ReturnOld) != 0;
        // Only GET and a comparison mind the type of what is there.
        bool isRead = returnsOld || (options.Flags & SetFlags.AnyComparison) != 0;
        if (isRead && !context.TryReadString(key, out old)) return;
        if (!isRead && (options.Flags & needsOld) != 0 && !context.Keys.TryFind(key, out old)) return;
        if (returnsOld)
        {
            if (old.Exists) context.Reply.Bulk(old.Value);
            else context.Reply.Null();
        }

        SetFlags hindrance = old.Exists ? SetFlags.IfAbsent : SetFlags.IfPresent;
        if ((options.Flags & hindrance) != 0 || !Compares(context, options, old))
        {
            if (!returnsOld) context.Reply.Null();
            return;
        }

        if ((options.Flags & SetFlags.KeepExpiry) != 0) expireAt = old.ExpireAt;
        context.Keys.SetString(key, context.Argument(2), expireAt);
        context.Notify(KeyspaceEvents.String, "set"u8, key);
        if (options.ExpiryIndex != 0) SetOptions.TellExpiry(context, key, expireAt);
        if (!returnsOld) context.Reply.Ok();
    }

    // A key that does not exist has no value, so it is not equal to any.
    private static bool Compares(CommandContext context, in SetOptions options, in Record old)
    {
        if (options.OperandIndex == 0) return true;
        return old.Exists
            ? ValueCondition.Holds(options.Flags, old.Value, context.Argument(options.OperandIndex))
            : (options.Flags & SetFlags.NeedsEqual) == 0;
    }
}
