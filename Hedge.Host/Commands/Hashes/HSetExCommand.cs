using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HSetExCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HSETEX", -6,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax =
            "key [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT " +
            "unix-time-milliseconds | KEEPTTL] FIELDS numfields field value [field value ...]",
        Arguments =
            "key condition fnx fxx expiration seconds milliseconds unix-time-seconds " +
            "unix-time-milliseconds keepttl fields numfields:integer data field value",
        Since = "8.0.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of fields being set.",
        Summary = "Set the values of hash fields and optionally their expiration",
    };

    public static void Execute(CommandContext context)
    {
        if (!FieldOptions.TryRead(context, isSet: true, out FieldOptions options)) return;
        if (!FieldArguments.TryRead(context, options.Next, words: 2, out FieldArguments fields)) return;
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        bool isPast = options.HasTime && options.ExpireAt <= context.NowMilliseconds;
        if (!FieldChange.TryPrepare(context, hash, fields, isPast ? 0 : options.ExpireAt)) return;
        bool isMet = IsMet(context, hash, fields, options);
        if (isMet && isPast) Delete(context, hash, fields);
        else if (isMet) HashWrite.SetWithTimes(context, hash, fields, options);
        context.Reply.Integer(isMet ? 1 : 0);
    }

    private static bool IsMet(CommandContext context, StoredHash hash, FieldArguments fields,
        in FieldOptions options)
    {
        if (!options.IfAbsent && !options.IfPresent) return true;
        for (int i = 0; i < fields.Count; i++)
        {
            hash.TryFind(fields.Field(context, i), out bool isThere, out _);
            if (isThere != options.IfPresent) return false;
        }

        return true;
    }

    // A field that would have expired is not set at all.
    private static void Delete(CommandContext context, StoredHash hash, FieldArguments fields)
    {
        long deleted = 0;
        for (int i = 0; i < fields.Count && hash.Collection.Exists; i++)
            if (hash.Remove(fields.Field(context, i))) deleted++;
        FieldChange.TellDeleted(context, hash, deleted);
    }
}
