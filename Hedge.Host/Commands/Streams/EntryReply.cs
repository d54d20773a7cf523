using Hedge.Resp;
using Hedge.Storage.Types;
using Hedge.Storage.Walks;

namespace Hedge.Host.Commands.Streams;

/// <summary>Replies with entries of streams: each its id, and an array of fields and values.</summary>
internal static class EntryReply
{
    /// <summary>Replies with an entry.</summary>
    public static void Write(RespWriter reply, StreamId id, ReadOnlySpan<byte> content)
    {
        reply.ArrayHeader(2);
        StreamIds.Reply(reply, id);
        StreamEntryReader fields = new(content);
        reply.ArrayHeader(checked(fields.Fields * 2));
        while (fields.TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value))
        {
            reply.Bulk(field);
            reply.Bulk(value);
        }
    }

    /// <summary>Replies with the entries of a stretch that has been read.</summary>
    /// <param name="reply">Where they go.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="from">The first one's index.</param>
    /// <param name="to">The index behind the last one.</param>
    /// <param name="isBackwards">True to begin with the last one.</param>
    /// <param name="ids">Room for their ids, or empty.</param>
    public static void Write(RespWriter reply, StoredStream stream, long from, long to, bool isBackwards,
        Span<StreamId> ids = default)
    {
        int count = (int)Math.Max(0, to - from);
        reply.ArrayHeader(count);
        if (count == 0) return;
        using StoredStream.Walk walk = stream.Entries(isBackwards ? to - 1 : from, isBackwards);
        for (int i = 0; i < count && walk.TryNext(out StreamId id, out ReadOnlySpan<byte> content); i++)
        {
            Write(reply, id, content);
            if (!ids.IsEmpty) ids[i] = id;
        }
    }

    /// <summary>XRANGE and XREVRANGE.</summary>
    /// <param name="context">The command.</param>
    /// <param name="isBackwards">True for XREVRANGE, which names the end first.</param>
    public static void Range(CommandContext context, bool isBackwards)
    {
        if (!StreamIds.TryReadStart(context, isBackwards ? 3 : 2, out StreamId first)) return;
        if (!StreamIds.TryReadEnd(context, isBackwards ? 2 : 3, out StreamId last)) return;
        long count = long.MaxValue;
        for (int i = 4; i < context.ArgumentCount; i += 2)
        {
            if (!context.Is(i, "COUNT"u8) || i + 1 == context.ArgumentCount)
            {
                context.Reply.Error(ErrorText.Syntax);
                return;
            }

            if (!context.TryInteger(i + 1, out count)) return;
        }

        if (!context.TryOpenStream(context.Argument(1), out StoredStream stream)) return;
        if (!stream.Collection.Exists)
        {
            context.Reply.ArrayHeader(0);
            return;
        }

        if (count <= 0)
        {
            context.Reply.NullArray();
            return;
        }

        bool isRead = stream.TryCountBefore(first, after: false, out long from)
            & stream.TryCountBefore(last, after: true, out long to);
        if (!isRead) return;
        if (isBackwards) from = Math.Max(from, to - Math.Min(count, Math.Max(0, to)));
        else if (to - from > count) to = from + count;
        long most = ElementsReply.BytesMin(context, stream.Collection);
        if (!stream.TryRead(from, to, most, out bool isLong, out long before)) return;
        if (!isLong)
        {
            Write(context.Reply, stream, from, to, isBackwards);
            return;
        }

        Begin(context, stream, new ElementStretch(before + from, before + to, isBackwards))
            ?.ArrayHeader((int)(to - from));
    }

    /// <summary>Begins a long reply with entries.</summary>
    /// <param name="context">The command.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="stretch">Where the entries are in its tree.</param>
    /// <returns>As <see cref="ElementsReply.Begin"/>.</returns>
    public static RespWriter? Begin(CommandContext context, StoredStream stream, ElementStretch stretch) =>
        ElementsReply.Begin(context, stream.Collection, stretch, static (reply, key, content, _) =>
            Write(reply, StreamId.Read(key[^StreamId.SizeBytes..]), content));
}
