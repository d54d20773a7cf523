using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

/// <summary>HEXPIRE, HPEXPIRE, HEXPIREAT and HPEXPIREAT, and HPERSIST.</summary>
/// <remarks>Documented at redis.io/docs/latest/commands/hexpire and valkey.io/commands/hexpire.</remarks>
internal static class FieldExpiry
{
    private const int NotMet = 0;
    private const int Done = 1;
    private const int Deleted = 2;

    private enum Condition
    {
        None,
        NotSet,
        Set,
        Later,
        Earlier,
    }

    /// <summary>Runs one of the four commands.</summary>
    /// <param name="context">The command.</param>
    /// <param name="isRelative">The time counts from now.</param>
    /// <param name="unit">Milliseconds that a unit of the time has: 1000 or 1.</param>
    public static void Set(CommandContext context, bool isRelative, int unit)
    {
        if (!FieldTime.TryRead(context, 2, isRelative, unit, out long expireAt)) return;
        if (!TryReadCondition(context, out Condition condition, out int next)) return;
        if (!FieldArguments.TryRead(context, next, words: 1, out FieldArguments fields)) return;
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        bool isPast = expireAt <= context.NowMilliseconds;
        if (!FieldChange.TryPrepare(context, hash, fields, isPast ? 0 : expireAt)) return;
        context.Reply.ArrayHeader(fields.Count);
        if (isPast) Delete(context, hash, fields, condition, expireAt);
        else Set(context, hash, fields, condition, expireAt);
    }

    /// <summary>Runs HPERSIST.</summary>
    public static void Persist(CommandContext context)
    {
        if (!FieldArguments.TryRead(context, 2, words: 1, out FieldArguments fields)) return;
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        if (!FieldChange.TryPrepare(context, hash, fields, 0)) return;
        context.Reply.ArrayHeader(fields.Count);
        using FieldChange change = new(hash, fields.Count);
        for (int i = 0; i < fields.Count; i++)
        {
            ReadOnlySpan<byte> field = fields.Field(context, i);
            hash.TryFind(field, out bool isThere, out ReadOnlySpan<byte> value, out long old);
            if (old != 0) change.Set(i, field, value, 0);
            context.Reply.Integer(!isThere ? FieldTime.NoField : old == 0 ? FieldTime.NoExpiry : Done);
        }

        if (change.End(context, fields))
            context.Notify(KeyspaceEvents.Hash, "hpersist"u8, context.Argument(1));
    }

    private static void Set(CommandContext context, StoredHash hash, FieldArguments fields,
        Condition condition, long expireAt)
    {
        using FieldChange change = new(hash, fields.Count);
        for (int i = 0; i < fields.Count; i++)
        {
            ReadOnlySpan<byte> field = fields.Field(context, i);
            hash.TryFind(field, out bool isThere, out ReadOnlySpan<byte> value, out long old);
            bool isMet = isThere && IsMet(condition, old, expireAt);
            if (isMet) change.Set(i, field, value, expireAt);
            context.Reply.Integer(!isThere ? FieldTime.NoField : isMet ? Done : NotMet);
        }

        if (change.End(context, fields))
            context.Notify(KeyspaceEvents.Hash, "hexpire"u8, context.Argument(1));
    }

    // The conditions are looked at before the first field goes.
    private static void Delete(CommandContext context, StoredHash hash, FieldArguments fields,
        Condition condition, long expireAt)
    {
        using var results = new Scratch<int>(fields.Count);
        for (int i = 0; i < fields.Count; i++)
        {
            hash.TryFind(fields.Field(context, i), out bool isThere, out _, out long old);
            results.Span[i] = !isThere ? FieldTime.NoField
                : IsMet(condition, old, expireAt) ? Deleted : NotMet;
        }

        long deleted = 0;
        for (int i = 0; i < fields.Count; i++)
        {
            int result = results.Span[i];
            if (result == Deleted)
            {
                // A field that is named twice is there once.
                bool isGone = hash.Collection.Exists && hash.Remove(fields.Field(context, i));
                if (isGone) deleted++;
                else result = FieldTime.NoField;
            }

            context.Reply.Integer(result);
        }

        FieldChange.TellDeleted(context, hash, deleted);
    }

    private static bool TryReadCondition(CommandContext context, out Condition condition, out int next)
    {
        condition = Condition.None;
        for (next = 3; next < context.ArgumentCount; next++)
        {
            Condition option = context.Is(next, "NX"u8) ? Condition.NotSet
                : context.Is(next, "XX"u8) ? Condition.Set
                : context.Is(next, "GT"u8) ? Condition.Later
                : context.Is(next, "LT"u8) ? Condition.Earlier : Condition.None;
            if (option == Condition.None) return true;
            if (condition != Condition.None)
            {
                context.Reply.Error("ERR Only one of NX, XX, GT or LT arguments can be specified");
                return false;
            }

            condition = option;
        }

        return true;
    }

    // A field without a time counts as living for ever.
    private static bool IsMet(Condition condition, long old, long wanted) => condition switch
    {
        Condition.NotSet => old == 0,
        Condition.Set => old != 0,
        Condition.Later => old != 0 && wanted > old,
        Condition.Earlier => old == 0 || wanted < old,
        _ => true,
    };
}
