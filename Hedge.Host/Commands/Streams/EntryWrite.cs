using Hedge.Host.Declarations;
using Hedge.Storage.Cores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>Adding entries to streams, trimming them, setting their last id.</summary>
internal static class EntryWrite
{
    private const string TooLarge = "ERR Elements are too large to be stored";
    private const string NotHigher =
        "ERR The ID specified in XADD is equal or smaller than the target stream top item";

    private const string LowerId =
        "ERR The ID specified in XSETID is smaller than the target stream top item";

    private const string TooFewAdded =
        "ERR The entries_added specified in XSETID is smaller than the target stream length";

    private const string Exhausted =
        "ERR The stream has exhausted the last possible ID, unable to add more items";

    /// <summary>XADD.</summary>
    public static void Add(CommandContext context)
    {
        if (!TrimArguments.TryRead(context, adds: true, out TrimArguments arguments, out int at)) return;
        int words = context.ArgumentCount - ++at;
        if (words < 2 || words % 2 == 1)
        {
            context.Reply.Error(ErrorText.WrongNumber("xadd"));
            return;
        }

        if (arguments.HasId && arguments.HasSequence && arguments.Id == StreamId.Min)
        {
            context.Reply.Error("ERR The ID specified in XADD must be greater than 0-0");
            return;
        }

        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenStream(key, out StoredStream stream)) return;
        if (arguments.MustExist && !stream.Collection.Exists)
        {
            context.Reply.Null();
            return;
        }

        if (!TryPrepare(context, stream, ref arguments, out long trimmed, out EntryTrim? trim)) return;
        if (!TryAppend(context, stream, arguments.Id, at)) return;
        StreamIds.Reply(context.Reply, arguments.Id);
        context.Notify(KeyspaceEvents.Stream, "xadd"u8, key);
        if (trimmed == 0) return;
        if (trim == null) stream.Trim(trimmed);
        else trim.Apply(stream);
        context.Notify(KeyspaceEvents.Stream, "xtrim"u8, key);
    }

    /// <summary>XTRIM.</summary>
    public static void Trim(CommandContext context)
    {
        if (!TrimArguments.TryRead(context, adds: false, out TrimArguments arguments, out _)) return;
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenStream(key, out StoredStream stream)) return;
        if (!stream.TryOpen(out StreamHead head)) return;
        if (!TryPrepareTrim(stream, arguments, head.Length, isAdded: false, out long count,
            out EntryTrim? trim)) return;
        if (count > 0)
        {
            stream.Collection.Told = KeyAudience.Watchers;
            if (trim == null) stream.Trim(count);
            else trim.Apply(stream);
            context.Notify(KeyspaceEvents.Stream, "xtrim"u8, key);
        }

        context.Reply.Integer(count);
    }

    /// <summary>XSETID.</summary>
    public static void SetId(CommandContext context)
    {
        if (!StreamIds.TryRead(context, 2, out StreamId id)) return;
        StreamId deleted = default;
        long added = -1;
        for (int i = 3; i < context.ArgumentCount; i += 2)
        {
            bool hasMore = i + 1 < context.ArgumentCount;
            if (hasMore && context.Is(i, "ENTRIESADDED"u8))
            {
                if (!context.TryInteger(i + 1, out added)) return;
                if (added < 0)
                {
                    context.Reply.Error("ERR entries_added must be positive");
                    return;
                }
            }
            else if (hasMore && context.Is(i, "MAXDELETEDID"u8))
            {
                if (!StreamIds.TryRead(context, i + 1, out deleted)) return;
                if (id < deleted)
                {
                    context.Reply.Error(
                        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
                    return;
                }
            }
            else
            {
                context.Reply.Error(ErrorText.Syntax);
                return;
            }
        }

        SetId(context, id, deleted, added);
    }

    private static void SetId(CommandContext context, StreamId id, StreamId deleted, long added)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenStream(key, out StoredStream stream)) return;
        if (!stream.Collection.Exists)
        {
            context.Reply.Error(ErrorText.NoSuchKey);
            return;
        }

        if (!stream.TryOpen(out StreamHead head)) return;
        if (head.Length > 0)
        {
            if (!stream.TryAt(head.Length - 1, out StreamId last, out _)) return;
            string? error = null;
            if (id < last) error = LowerId;
            else if (added != -1 && head.Length > added) error = TooFewAdded;

            if (error != null)
            {
                context.Reply.Error(error);
                return;
            }
        }

        stream.Collection.Told = KeyAudience.Nobody;
        stream.SetHead(head with
        {
            LastId = id,
            MaxDeletedId = deleted == StreamId.Min ? head.MaxDeletedId : deleted,
            EntriesAdded = added == -1 ? head.EntriesAdded : added,
        });
        context.Notify(KeyspaceEvents.Stream, "xsetid"u8, key);
        context.Reply.Ok();
    }

    // Chooses the id, and reads what the change needs. False when something is not resident, or an error was
    // replied.
    private static bool TryPrepare(CommandContext context, StoredStream stream, ref TrimArguments arguments,
        out long trimmed, out EntryTrim? trim)
    {
        trimmed = 0;
        trim = null;
        StreamHead head = default;
        StreamId last;
        if (!arguments.Trims)
        {
            if (!stream.TryLastId(out last)) return false;
        }
        else
        {
            if (!stream.TryOpen(out head)) return false;
            last = head.LastId;
        }

        if (Choose(context, ref arguments, last) is { } error)
        {
            context.Reply.Error(error);
            return false;
        }

        return TryPrepareTrim(stream, arguments, head.Length, isAdded: true, out trimmed, out trim);
    }

    // Finds out what goes, and reads what that needs; null when it is the first entries and nothing else.
    private static bool TryPrepareTrim(StoredStream stream, in TrimArguments arguments, long length,
        bool isAdded, out long count, out EntryTrim? trim)
    {
        trim = null;
        if (arguments.MindsGroups)
        {
            bool isPlanned = EntryTrim.TryPlan(stream, arguments, length, isAdded, out trim);
            count = trim.Count;
            return isPlanned;
        }

        return arguments.TryCount(stream, length, isAdded, out count)
            && (count == 0 || stream.TryPrepareTrim(Math.Min(count, length)));
    }

    private static string? Choose(CommandContext context, ref TrimArguments arguments, StreamId last)
    {
        if (last == StreamId.Max) return Exhausted;
        if (!arguments.HasId)
        {
            ulong now = (ulong)context.NowMilliseconds;
            if (now > last.Milliseconds) arguments.Id = new StreamId(now, 0);
            else if (last.TryIncrement(out StreamId next)) arguments.Id = next;
        }
        else if (!arguments.HasSequence && arguments.Id.Milliseconds == last.Milliseconds)
        {
            if (last.Sequence == ulong.MaxValue) return TooLarge;
            arguments.Id = new StreamId(last.Milliseconds, last.Sequence + 1);
        }

        return arguments.Id <= last ? NotHigher : null;
    }

    // False when an error was replied, or something must be read first.
    private static bool TryAppend(CommandContext context, StoredStream stream, StreamId id, int first)
    {
        long bytes = 0;
        for (int i = first; i < context.ArgumentCount; i++) bytes += context.Argument(i).Length;
        int fields = (context.ArgumentCount - first) / 2;
        if (StreamEntryWriter.BytesMax(fields, bytes) > StoredStream.ContentBytesMax)
        {
            context.Reply.Error(TooLarge);
            return false;
        }

        using StreamEntryWriter writer = new(stackalloc byte[StreamEntryWriter.SmallBytes], fields, bytes);
        for (int i = first; i < context.ArgumentCount; i += 2)
            writer.Add(context.Argument(i), context.Argument(i + 1));
        if (!stream.TryPrepareAppend(writer.Content.Length)) return false;
        stream.Append(id, writer.Content);
        return true;
    }
}
