using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HGetExCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HGETEX", -5,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Traits = CommandTraits.CountsLookups,
        Syntax =
            "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT " +
            "unix-time-milliseconds | PERSIST] FIELDS numfields field [field ...]",
        Arguments =
            "key expiration seconds milliseconds unix-time-seconds unix-time-milliseconds persist " +
            "fields numfields:integer field",
        Since = "8.0.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of specified fields",
        Summary = "Get the values of hash fields and optionally set their expiration",
    };

    public static void Execute(CommandContext context)
    {
        if (!FieldOptions.TryRead(context, isSet: false, out FieldOptions options)) return;
        if (!FieldArguments.TryRead(context, options.Next, words: 1, out FieldArguments fields)) return;
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        bool isPast = options.HasTime && options.ExpireAt <= context.NowMilliseconds;
        if (!FieldChange.TryPrepare(context, hash, fields, isPast ? 0 : options.ExpireAt)) return;
        if (isPast) FieldChange.ReplyAndDelete(context, hash, fields);
        else ReplyAndSet(context, hash, fields, options);
    }

    private static void ReplyAndSet(CommandContext context, StoredHash hash, FieldArguments fields,
        in FieldOptions options)
    {
        context.Reply.ArrayHeader(fields.Count);
        using FieldChange change = new(hash, fields.Count);
        for (int i = 0; i < fields.Count; i++)
        {
            ReadOnlySpan<byte> field = fields.Field(context, i);
            hash.TryFind(field, out bool isThere, out ReadOnlySpan<byte> value, out long old);
            if (isThere) context.Reply.Bulk(value);
            else context.Reply.Null();
            bool isChanged = isThere && (options.HasTime || (options.KeepsOrPersists && old != 0));
            if (isChanged) change.Set(i, field, value, options.ExpireAt);
        }

        if (!change.End(context, fields)) return;
        ReadOnlySpan<byte> keyEvent = options.HasTime ? "hexpire"u8 : "hpersist"u8;
        context.Notify(KeyspaceEvents.Hash, keyEvent, context.Argument(1));
    }
}
