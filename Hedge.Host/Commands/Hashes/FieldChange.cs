using Hedge.Host.Commands.Collections;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

/// <summary>Changes the times of several fields. The times that they had are taken back after all new ones
/// are set, as <see cref="StoredHash.SetWithTime"/> asks for.</summary>
internal readonly ref struct FieldChange : IDisposable
{
    private const long Untouched = -1;

    private readonly StoredHash _hash;
    private readonly Scratch<long> _old;

    /// <summary>Begins; all is prepared.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="count">How many fields the command names.</param>
    public FieldChange(StoredHash hash, int count)
    {
        _hash = hash;
        _old = new Scratch<long>(count);
        _old.Span.Fill(Untouched);
    }

    /// <summary>Reads all that a command needs that changes fields. False when some of it must be read from
    /// disk first.</summary>
    /// <param name="context">The command.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="fields">The fields.</param>
    /// <param name="expireAt">The time that they get; 0 for none.</param>
    public static bool TryPrepare(CommandContext context, StoredHash hash, in FieldArguments fields,
        long expireAt)
    {
        bool isRead = true;
        for (int i = 0; i < fields.Count; i++)
        {
            ReadOnlySpan<byte> field = fields.Field(context, i);
            isRead &= hash.TryPrepare(field, out _, out _, out _) && hash.TryPrepareTime(field, expireAt);
        }

        return isRead;
    }

    /// <summary>Tells that fields were deleted, and that the key went with the last one.</summary>
    public static void TellDeleted(CommandContext context, StoredHash hash, long count)
    {
        if (count > 0) Removal.Tell(context, hash.Collection, context.Argument(1), "hdel"u8);
    }

    /// <summary>Replies with the fields' values, and deletes the fields.</summary>
    public static void ReplyAndDelete(CommandContext context, StoredHash hash, in FieldArguments fields)
    {
        context.Reply.ArrayHeader(fields.Count);
        long deleted = 0;
        for (int i = 0; i < fields.Count; i++)
        {
            ReadOnlySpan<byte> field = fields.Field(context, i);
            if (hash.Collection.Exists && hash.HasStill(field, out ReadOnlySpan<byte> value))
            {
                context.Reply.Bulk(value);
                hash.Remove(field);
                deleted++;
            }
            else
            {
                context.Reply.Null();
            }
        }

        TellDeleted(context, hash, deleted);
    }

    /// <summary>Gives a field a value and a time.</summary>
    /// <param name="index">The number of the field among those that the command names.</param>
    /// <param name="field">The field.</param>
    /// <param name="value">Its value, maybe the one that it has.</param>
    /// <param name="expireAt">Unix milliseconds; 0 for never.</param>
    public void Set(int index, ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAt) =>
        _old.Span[index] = _hash.SetWithTime(field, value, expireAt);

    /// <summary>Takes the old times back.</summary>
    /// <returns>True when there was a change.</returns>
    public bool End(CommandContext context, in FieldArguments fields)
    {
        bool hasChanged = false;
        for (int i = 0; i < fields.Count; i++)
        {
            long old = _old.Span[i];
            hasChanged |= old != Untouched;
            if (old > 0) _hash.ForgetTime(fields.Field(context, i), old);
        }

        return hasChanged;
    }

    /// <summary>Gives working memory back.</summary>
    public void Dispose() => _old.Dispose();
}
