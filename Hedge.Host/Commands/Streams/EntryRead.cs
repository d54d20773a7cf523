using Hedge.Host.Commands.Collections;
using Hedge.Resp;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;
using Hedge.Storage.Walks;

namespace Hedge.Host.Commands.Streams;

/// <summary>
/// XREAD: the entries of several streams that are after some ids.
/// <code>
/// 1. open all keys, read the ids; $ is the last id as it is now
/// 2. reply with what is there after the ids; if there is nothing, wait, and keep the ids
/// 3. served: reply with what the one key has that was changed, if its last id is higher by now
/// </code>
/// </summary>
internal static class EntryRead
{
    /// <summary>The most entries for a client that has waited and gave no number.</summary>
    public const long CountOfWaiting = 1000;

    /// <summary>Runs the command.</summary>
    public static void Execute(CommandContext context, in ReadArguments arguments)
    {
        if (Blocking.HasEnded(context)) return;
        if (context.IsServed) Serve(context, arguments);
        else if (TryOpen(context, arguments, out Source[] sources)) Reply(context, arguments, sources);
    }

    /// <summary>Waits for a change of the keys, or replies when nobody waits.</summary>
    /// <returns>False when nobody waits.</returns>
    public static bool Wait(CommandContext context, in ReadArguments arguments)
    {
        if (arguments.Timeout == -1 || context.InTransaction)
        {
            context.Reply.NullArray();
            return false;
        }

        bool isForEver = arguments.Timeout == 0
            || arguments.Timeout > long.MaxValue - context.NowMilliseconds;
        context.AwaitKeys(isForEver ? long.MaxValue : context.NowMilliseconds + arguments.Timeout);
        return true;
    }

    /// <summary>Begins the reply with so many streams.</summary>
    public static void Header(RespWriter reply, int count)
    {
        if (reply.Protocol == 2) reply.ArrayHeader(count);
        else reply.MapHeader(count);
    }

    /// <summary>Begins a stream's part of the reply.</summary>
    public static void Name(RespWriter reply, ReadOnlySpan<byte> key)
    {
        if (reply.Protocol == 2) reply.ArrayHeader(2);
        reply.Bulk(key);
    }

    /// <summary>Finds the entries after an id, and reads them.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="head">What it says of itself.</param>
    /// <param name="after">The id.</param>
    /// <param name="count">The most entries; 0 for no limit.</param>
    /// <param name="from">The first one's index.</param>
    /// <param name="to">The index behind the last one.</param>
    public static bool TryStretch(StoredStream stream, in StreamHead head, StreamId after, long count,
        out long from, out long to)
    {
        return TryFindStretch(stream, head, after, count, out from, out to) && stream.TryRead(from, to);
    }

    private static bool TryFindStretch(StoredStream stream, in StreamHead head, StreamId after, long count,
        out long from, out long to)
    {
        to = head.Length;
        if (!stream.TryCountBefore(after, after: true, out from)) return false;
        if (count > 0 && to - from > count) to = from + count;
        return true;
    }

    private static bool TryOpen(CommandContext context, in ReadArguments arguments, out Source[] sources)
    {
        sources = new Source[arguments.Keys];
        bool isRead = true;
        for (int i = 0; i < arguments.Keys; i++)
        {
            ReadOnlySpan<byte> key = context.Argument(arguments.FirstKey + i);
            bool isResident = context.Keys.TryOpen(key, RecordType.Stream, out OpenCollection? found);
            StreamHead head = default;
            if (isResident && found != null) isResident = new StoredStream(found).TryOpen(out head);
            isRead &= isResident;
            // Behind a record that is not resident the others are looked up so that all are read together.
            if (!isRead) continue;
            context.NoteLookup(key, found is not { Exists: false });
            if (found == null)
            {
                context.Reply.Error(ErrorText.WrongType);
                return false;
            }

            sources[i] = new Source(new StoredStream(found), head);
            int at = arguments.FirstKey + arguments.Keys + i;
            if (!TryReadId(context, at, head, out sources[i].After)) return false;
        }

        return isRead;
    }

    private static bool TryReadId(CommandContext context, int index, in StreamHead head, out StreamId id)
    {
        id = head.LastId;
        ReadOnlySpan<byte> word = StreamIds.Word(context, index);
        if (word.SequenceEqual("$"u8)) return true;
        if (!word.SequenceEqual(">"u8)) return StreamIds.TryRead(context, index, out id);
        context.Reply.Error("ERR The > ID can be specified only when calling XREADGROUP "
            + "using the GROUP <group> <consumer> option.");
        return false;
    }

    private static void Reply(CommandContext context, in ReadArguments arguments, Source[] sources)
    {
        bool mayBeLong = sources.Length == 1
            && (arguments.Count == 0 || arguments.Count > CountOfWaiting);
        bool isRead = true;
        bool isLong = false;
        long before = 0;
        int served = 0;
        for (int i = 0; i < sources.Length; i++)
        {
            ref Source source = ref sources[i];
            context.NoteLookup(context.Argument(arguments.FirstKey + i), source.Stream.Collection.Exists);
            long most = mayBeLong ? ElementsReply.BytesMin(context, source.Stream.Collection) : long.MaxValue;
            isRead &= TryFindStretch(source.Stream, source.Head, source.After, arguments.Count,
                    out source.From, out source.To)
                && source.Stream.TryRead(source.From, source.To, most, out isLong, out before);
            if (source.To > source.From) served++;
        }

        if (!isRead) return;
        if (isLong)
        {
            ReplyLong(context, arguments, sources[0], before);
            return;
        }

        if (served == 0)
        {
            if (Wait(context, arguments)) context.Progress = new Waited([.. sources.Select(s => s.After)]);
            return;
        }

        Header(context.Reply, served);
        for (int i = 0; i < sources.Length; i++)
        {
            Source source = sources[i];
            if (source.To <= source.From) continue;
            Name(context.Reply, context.Argument(arguments.FirstKey + i));
            EntryReply.Write(context.Reply, source.Stream, source.From, source.To, isBackwards: false);
        }
    }

    // Of the only stream, whose entries stand behind so many other elements.
    private static void ReplyLong(
        CommandContext context, in ReadArguments arguments, in Source source, long before)
    {
        ElementStretch stretch = new(before + source.From, before + source.To);
        RespWriter? reply = EntryReply.Begin(context, source.Stream, stretch);
        if (reply == null) return;
        Header(reply, 1);
        Name(reply, context.Argument(arguments.FirstKey));
        reply.ArrayHeader((int)(source.To - source.From));
    }

    // Of a key that is named twice, the first id counts.
    private static void Serve(CommandContext context, in ReadArguments arguments)
    {
        int at = arguments.Changed(context);
        ReadOnlySpan<byte> key = context.Argument(arguments.FirstKey + at);
        if (!context.Keys.TryOpen(key, RecordType.Stream, out OpenCollection? found)) return;
        StreamId after = ((Waited)context.Progress!).After[at];
        StreamHead head = default;
        if (found != null && !new StoredStream(found).TryOpen(out head)) return;
        if (found == null || head.LastId <= after)
        {
            Wait(context, arguments);
            return;
        }

        long count = arguments.Count > 0 ? arguments.Count : CountOfWaiting;
        StoredStream stream = new(found);
        if (!TryStretch(stream, head, after, count, out long from, out long to)) return;
        Header(context.Reply, 1);
        Name(context.Reply, key);
        EntryReply.Write(context.Reply, stream, from, to, isBackwards: false);
    }

    private struct Source(StoredStream stream, StreamHead head)
    {
        public readonly StoredStream Stream = stream;
        public readonly StreamHead Head = head;
        public StreamId After;
        public long From;
        public long To;
    }

    private sealed record Waited(StreamId[] After);
}
