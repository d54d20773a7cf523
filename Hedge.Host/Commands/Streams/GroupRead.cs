using Hedge.Host.Commands.Collections;
using Hedge.Resp;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>
/// XREADGROUP: gives entries of several streams to a consumer of a group. Served after a wait, it is told
/// when the key or the group has gone.
/// </summary>
internal static class GroupRead
{
    private const string NoMeaning = "ERR The $ ID is meaningless in the context of XREADGROUP: "
        + "you want to read the history of this consumer by specifying a proper ID, "
        + "or use the > ID to get new messages. The $ ID would just return an empty result set.";

    /// <summary>Runs the command.</summary>
    public static void Execute(CommandContext context, in ReadArguments arguments)
    {
        if (Blocking.HasEnded(context)) return;
        if (context.IsServed) Serve(context, arguments);
        else if (TryOpen(context, arguments, out Delivery[] deliveries))
            Reply(context, arguments, deliveries);
    }

    private static bool TryOpen(CommandContext context, in ReadArguments arguments, out Delivery[] deliveries)
    {
        deliveries = new Delivery[arguments.Keys];
        bool isRead = true;
        for (int i = 0; i < arguments.Keys; i++)
        {
            int keyAt = arguments.FirstKey + i;
            ReadOnlySpan<byte> key = context.Argument(keyAt);
            // One key has one open collection, however often it is named.
            int times = TimesBefore(context, arguments, i, out int first);
            if (!isRead && times > 0) continue;
            OpenCollection? found = times > 0 ? deliveries[first].Stream.Collection : null;
            bool isResident = times > 0 || context.Keys.TryOpen(key, RecordType.Stream, out found);
            bool isThere = false;
            if (isResident && found is { Exists: true })
            {
                isResident = new StoredStream(found).Groups.TryFind(context.Argument(arguments.GroupAt),
                    out isThere, out _);
            }

            isRead &= isResident;
            if (!isRead) continue;
            context.NoteLookup(key, found is not { Exists: false });
            if (!TryCheck(context, arguments, keyAt, found, isThere, out StreamId after)) return false;
            deliveries[i] = new Delivery(context, new StoredStream(found!), arguments)
            {
                KeyAt = keyAt,
                After = after,
                Times = times + 1,
            };
        }

        return isRead;
    }

    private static int TimesBefore(CommandContext context, in ReadArguments arguments, int index,
        out int first)
    {
        ReadOnlySpan<byte> key = context.Argument(arguments.FirstKey + index);
        int times = 0;
        first = index;
        for (int i = index - 1; i >= 0; i--)
        {
            if (!context.Argument(arguments.FirstKey + i).SequenceEqual(key)) continue;
            times++;
            first = i;
        }

        return times;
    }

    private static bool TryCheck(CommandContext context, in ReadArguments arguments, int keyAt,
        OpenCollection? found, bool hasGroup, out StreamId after)
    {
        after = StreamId.Max;
        if (found == null)
        {
            context.Reply.Error(ErrorText.WrongType);
            return false;
        }

        if (!hasGroup)
        {
            GroupErrors.NothingToRead(context, context.Argument(keyAt), context.Argument(arguments.GroupAt));
            return false;
        }

        ReadOnlySpan<byte> word = StreamIds.Word(context, keyAt + arguments.Keys);
        if (word.SequenceEqual(">"u8)) return true;
        if (!word.SequenceEqual("$"u8)) return StreamIds.TryRead(context, keyAt + arguments.Keys, out after);
        context.Reply.Error(NoMeaning);
        return false;
    }

    private static void Reply(CommandContext context, in ReadArguments arguments, Delivery[] deliveries)
    {
        bool isRead = true;
        bool isRepeated = false;
        int served = 0;
        foreach (Delivery delivery in deliveries)
        {
            context.NoteLookup(context.Argument(delivery.KeyAt), exists: true);
            isRead &= delivery.TryPrepare(out bool isServed);
            if (isServed) served++;
            isRepeated |= delivery.Times > 1;
        }

        if (!isRead) return;
        if (served == 0)
        {
            if (EntryRead.Wait(context, arguments)) return;
            foreach (Delivery delivery in deliveries) delivery.NoteSeen();
        }
        else if (isRepeated)
        {
            Repeat(context, deliveries);
        }
        else
        {
            EntryRead.Header(context.Reply, served);
            // A reply that is too long ends the command before it has changed anything.
            Delivery[] done = Array.FindAll(deliveries, delivery => delivery.TryReply());
            foreach (Delivery delivery in done) delivery.Write();
            foreach (Delivery delivery in done) delivery.Release();
        }
    }

    // The second time a key is named, there is what the first time has left.
    private static void Repeat(CommandContext context, Delivery[] deliveries)
    {
        RespWriter reply = context.Reply;
        List<Delivery> done = [];
        reply.BeginDeferred();
        foreach (Delivery delivery in deliveries)
        {
            if (!delivery.TryReply()) continue;
            delivery.Write();
            done.Add(delivery);
        }

        reply.EndDeferred(reply.Protocol == 2 ? ReplyAggregate.Array : ReplyAggregate.Map, done.Count);
        foreach (Delivery delivery in done) delivery.Release();
    }

    private static void Serve(CommandContext context, in ReadArguments arguments)
    {
        int keyAt = arguments.FirstKey + arguments.Changed(context);
        if (!context.Keys.TryOpen(context.Argument(keyAt), RecordType.Stream,
            out OpenCollection? found)) return;
        if (found is not { Exists: true })
        {
            context.Reply.Error("UNBLOCKED the stream key no longer exists");
            return;
        }

        StoredStream stream = new(found);
        bool isRead = stream.TryOpen(out StreamHead head)
            & stream.Groups.TryFind(context.Argument(arguments.GroupAt), out bool isThere,
                out StreamGroup group);
        if (!isRead) return;
        if (!isThere)
        {
            context.Reply.Error("NOGROUP the consumer group this client was blocked on no longer exists");
            return;
        }

        if (head.LastId <= group.LastId)
        {
            EntryRead.Wait(context, arguments);
            return;
        }

        ReadArguments limited = arguments;
        if (limited.Count == 0) limited.Count = EntryRead.CountOfWaiting;
        Delivery delivery = new(context, stream, limited)
        {
            KeyAt = keyAt,
            After = StreamId.Max,
            Times = 1,
            IsForced = true,
        };
        if (!delivery.TryPrepare(out _)) return;
        EntryRead.Header(context.Reply, 1);
        delivery.TryReply();
        delivery.Write();
        delivery.Release();
    }
}
