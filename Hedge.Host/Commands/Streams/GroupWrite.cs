using Hedge.Host.Declarations;
using Hedge.Storage.Cores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>XGROUP: makes, changes and removes groups and consumers.</summary>
internal static class GroupWrite
{
    private const string NoKey = "ERR The XGROUP subcommand requires the key to exist. "
        + "Note that for CREATE you may want to use the MKSTREAM option to create an empty stream "
        + "automatically.";

    private const int IdAt = 4;
    private const int CreateWordsMax = 8;
    private const int SetIdWordsMax = 7;

    /// <summary>XGROUP CREATE.</summary>
    public static void Create(CommandContext context)
    {
        if (!TryOptions(context, mayMake: true, out bool makes, out long read)) return;
        ReadOnlySpan<byte> key = context.Argument(2);
        if (!GroupLookup.TryFind(context, 2, out StoredStream stream, out bool isThere, out _)) return;
        if (!stream.Collection.Exists && !makes)
        {
            context.Reply.Error(NoKey);
            return;
        }

        // Nor does Redis take more words than all options have, an option given twice among them.
        if (context.ArgumentCount > CreateWordsMax)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        if (!stream.TryOpen(out StreamHead head)) return;
        StreamId id = head.LastId;
        if (!IsLast(context) && !StreamIds.TryRead(context, IdAt, out id)) return;
        if (isThere)
        {
            context.Reply.Error("BUSYGROUP Consumer Group name already exists");
            return;
        }

        // In a stream that does not exist yet, it has looked nothing up so far.
        if (!stream.Groups.TryFind(context.Argument(3), out _, out _)) return;
        if (stream.Collection.Exists) stream.Collection.Told = KeyAudience.Nobody;
        stream.Groups.Create(context.Argument(3), id, read);
        context.Reply.Ok();
        context.Notify(KeyspaceEvents.Stream, "xgroup-create"u8, key);
    }

    /// <summary>XGROUP SETID.</summary>
    public static void SetId(CommandContext context)
    {
        if (!TryOptions(context, mayMake: false, out _, out long read)) return;
        if (!TryFind(context, out StoredStream stream, out StreamGroup group)) return;
        if (context.ArgumentCount > SetIdWordsMax)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        if (!stream.TryOpen(out StreamHead head)) return;
        StreamId id = head.LastId;
        if (!IsLast(context) && !StreamIds.TryReadEdge(context, IdAt, 0, out id)) return;
        stream.Collection.Told = KeyAudience.Nobody;
        stream.Groups.Set(context.Argument(3), group with { LastId = id, EntriesRead = read });
        context.Reply.Ok();
        context.Notify(KeyspaceEvents.Stream, "xgroup-setid"u8, context.Argument(2));
    }

    /// <summary>XGROUP DESTROY. Clients that wait for entries of the group are told.</summary>
    public static void Destroy(CommandContext context)
    {
        if (!GroupLookup.TryFind(context, 2, out StoredStream stream, out bool isThere,
            out StreamGroup group)) return;
        if (!stream.Collection.Exists)
        {
            context.Reply.Error(NoKey);
            return;
        }

        if (isThere)
        {
            if (!(stream.TryOpen(out _) & stream.Groups.TryPrepareRemoval(group))) return;
            stream.Collection.Told = KeyAudience.Waiters;
            stream.Groups.Remove(context.Argument(3), group);
            context.Notify(KeyspaceEvents.Stream, "xgroup-destroy"u8, context.Argument(2));
        }

        context.Reply.Integer(isThere ? 1 : 0);
    }

    /// <summary>XGROUP CREATECONSUMER.</summary>
    public static void CreateConsumer(CommandContext context)
    {
        if (!TryFind(context, out StoredStream stream, out StreamGroup group)) return;
        ReadOnlySpan<byte> name = context.Argument(4);
        if (!stream.Groups.TryFindConsumer(group, name, out bool isThere, out _)) return;
        if (!isThere)
        {
            stream.Collection.Told = KeyAudience.Nobody;
            long now = context.NowMilliseconds;
            stream.Groups.CreateConsumer(context.Argument(3), ref group, name, now, activeAt: -1);
            context.Notify(KeyspaceEvents.Stream, "xgroup-createconsumer"u8, context.Argument(2));
        }

        context.Reply.Integer(isThere ? 0 : 1);
    }

    /// <summary>XGROUP DELCONSUMER: replies with how many entries were pending at it.</summary>
    public static void RemoveConsumer(CommandContext context)
    {
        if (!TryFind(context, out StoredStream stream, out StreamGroup group)) return;
        ReadOnlySpan<byte> name = context.Argument(4);
        if (!stream.Groups.TryFindConsumer(group, name, out bool isThere,
            out StreamConsumer consumer)) return;
        long pending = 0;
        if (isThere)
        {
            bool isRead = stream.Pending.TryCount(group, consumer.Number, out pending)
                & stream.Groups.TryPrepareConsumerRemoval(group, consumer);
            if (!isRead) return;
            stream.Collection.Told = KeyAudience.Nobody;
            stream.Groups.RemoveConsumer(group, name, consumer);
            context.Notify(KeyspaceEvents.Stream, "xgroup-delconsumer"u8, context.Argument(2));
        }

        context.Reply.Integer(pending);
    }

    /// <summary>XACK.</summary>
    public static void Acknowledge(CommandContext context)
    {
        if (!GroupLookup.TryFind(context, 1, out StoredStream stream, out bool isThere,
            out StreamGroup group)) return;
        if (!isThere)
        {
            context.Reply.Integer(0);
            return;
        }

        if (!StreamIds.TryReadAll(context, 3, out StreamId[] ids)) return;
        Dictionary<StreamId, uint> owners = new(ids.Length);
        bool isRead = true;
        foreach (StreamId id in ids)
        {
            isRead &= stream.Pending.TryFind(group, id, out bool isPending, out StreamPending pending);
            if (!isPending) continue;
            isRead &= stream.Pending.TryPrepare(group, pending.Consumer, id);
            owners[id] = pending.Consumer;
        }

        if (!isRead) return;
        stream.Collection.Told = KeyAudience.Nobody;
        foreach ((StreamId id, uint owner) in owners) stream.Pending.Remove(group, owner, id);
        context.Reply.Integer(owners.Count);
    }

    // The key and the group of arguments 2 and 3, which must exist.
    private static bool TryFind(CommandContext context, out StoredStream stream, out StreamGroup group)
    {
        if (!GroupLookup.TryFind(context, 2, out stream, out bool isThere, out group)) return false;
        if (!stream.Collection.Exists) context.Reply.Error(NoKey);
        else if (!isThere) GroupErrors.NoGroup(context, context.Argument(2), context.Argument(3));
        return isThere;
    }

    private static bool TryOptions(CommandContext context, bool mayMake, out bool makes, out long read)
    {
        makes = false;
        read = GroupProgress.Unknown;
        for (int i = 5; i < context.ArgumentCount; i++)
        {
            if (mayMake && context.Is(i, "MKSTREAM"u8))
            {
                makes = true;
                continue;
            }

            if (!context.Is(i, "ENTRIESREAD"u8) || ++i == context.ArgumentCount)
            {
                Subcommands.WrongNumber(context);
                return false;
            }

            if (!context.TryInteger(i, out read)) return false;
            if (read >= GroupProgress.Unknown) continue;
            context.Reply.Error("ERR value for ENTRIESREAD must be positive or -1");
            return false;
        }

        return true;
    }

    private static bool IsLast(CommandContext context) => StreamIds.Word(context, IdAt).SequenceEqual("$"u8);
}
