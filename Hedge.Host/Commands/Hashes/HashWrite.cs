using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

/// <summary>Setting fields of hashes.</summary>
internal static class HashWrite
{
    /// <summary>HSET and HMSET: the pairs from argument 2 on.</summary>
    public static void SetPairs(CommandContext context, bool repliesOk)
    {
        if (context.ArgumentCount % 2 != 0)
        {
            context.Reply.Error(ErrorText.WrongNumber(context.Request.Command!.LowerName));
            return;
        }

        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenHash(key, out StoredHash hash)) return;
        bool isRead = true;
        for (int i = 2; i < context.ArgumentCount && context.ArgumentCount > 4; i += 2)
            isRead &= hash.TryPrepare(context.Argument(i), out _, out _, out _);
        if (!isRead) return;
        long added = 0;
        for (int i = 2; i < context.ArgumentCount; i += 2)
        {
            if (!hash.TrySet(context.Argument(i), context.Argument(i + 1), out bool isNew)) return;
            if (isNew) added++;
            Show(context, hash, context.Argument(i), context.Argument(i + 1));
        }

        context.Notify(KeyspaceEvents.Hash, "hset"u8, key);
        if (repliesOk) context.Reply.Ok();
        else context.Reply.Integer(added);
    }

    /// <summary>HSETEX: the fields get values and, with a time in the options, this time; with KEEPTTL they
    /// keep theirs. All is prepared.</summary>
    public static void SetWithTimes(CommandContext context, StoredHash hash, in FieldArguments fields,
        in FieldOptions options)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        using FieldChange change = new(hash, fields.Count);
        for (int i = 0; i < fields.Count; i++)
        {
            ReadOnlySpan<byte> field = fields.Field(context, i);
            ReadOnlySpan<byte> value = fields.Value(context, i);
            if (options.KeepsOrPersists) hash.TrySet(field, value, out _, keepsTime: true);
            else change.Set(i, field, value, options.ExpireAt);
            Show(context, hash, field, value);
        }

        change.End(context, fields);
        context.Notify(KeyspaceEvents.Hash, "hset"u8, key);
        if (options.HasTime) context.Notify(KeyspaceEvents.Hash, "hexpire"u8, key);
    }

    /// <summary>Sets one field that was looked up; it keeps its time.</summary>
    public static void Set(CommandContext context, StoredHash hash, ReadOnlySpan<byte> field,
        ReadOnlySpan<byte> value, ReadOnlySpan<byte> keyEvent)
    {
        hash.TrySet(field, value, out _, keepsTime: true);
        Show(context, hash, field, value);
        context.Notify(KeyspaceEvents.Hash, keyEvent, context.Argument(1));
    }

    // From its first long field or its 513th on, Redis has a hash table.
    private static void Show(CommandContext context, StoredHash hash, ReadOnlySpan<byte> field,
        ReadOnlySpan<byte> value)
    {
        if (hash.Collection.Encoding != Encodings.Listpack) return;
        ListpackLimits limits = context.Server.Settings.Current.Collections.Hash;
        if (field.Length > limits.ElementBytes || value.Length > limits.ElementBytes
            || hash.Count > limits.Entries) hash.Collection.Encoding = Encodings.HashTable;
    }
}
