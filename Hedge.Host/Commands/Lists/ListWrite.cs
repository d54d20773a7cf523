using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Lists;

/// <summary>Changing lists, but for what takes elements out at their ends (<see cref="ListPop"/>).</summary>
internal static class ListWrite
{
    /// <summary>LPUSH, RPUSH, LPUSHX and RPUSHX.</summary>
    public static void Push(CommandContext context, bool isHead, bool mustExist)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenList(key, out StoredList list)) return;
        if (mustExist && !list.Collection.Exists)
        {
            context.Reply.Integer(0);
            return;
        }

        long bytes = 0;
        for (int i = 2; i < context.ArgumentCount; i++) bytes += context.Argument(i).Length;
        if (!list.TryPreparePush(isHead, bytes, context.ArgumentCount - 2)) return;
        for (int i = 2; i < context.ArgumentCount; i++) list.TryPush(context.Argument(i), isHead);
        context.Notify(KeyspaceEvents.List, isHead ? "lpush"u8 : "rpush"u8, key);
        context.Reply.Integer(list.Count);
    }

    /// <summary>LTRIM.</summary>
    public static void Trim(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!ListRange.TryRead(context, out ListRange range)) return;
        if (!context.TryOpenList(key, out StoredList list)) return;
        if (list.Collection.Exists)
        {
            long count = list.Count;
            range.Resolve(count, out long from, out long to);
            bool isRead = (from == 0 || from == to || list.TryPrepareRemoval(0, from))
                & (to == count || from == to || list.TryPrepareRemoval(to, count - to));
            if (!isRead) return;
            if (from == to)
            {
                list.Collection.Remove();
            }
            else
            {
                if (to < count) list.Remove(to, count - to);
                if (from > 0) list.Remove(0, from);
            }

            Removal.Tell(context, list.Collection, key, "ltrim"u8);
        }

        context.Reply.Ok();
    }

    /// <summary>LINSERT.</summary>
    public static void Insert(CommandContext context)
    {
        bool isAfter = context.Is(2, "AFTER"u8);
        if (!isAfter && !context.Is(2, "BEFORE"u8))
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenList(key, out StoredList list)) return;
        if (!list.Collection.Exists)
        {
            context.Reply.Integer(0);
            return;
        }

        ListSearch search = new(list, context.Argument(3), isBackwards: false);
        if (!search.TryNext(out long position)) return;
        if (position < 0)
        {
            context.Reply.Integer(-1);
            return;
        }

        if (!list.TryInsert(isAfter ? position + 1 : position, context.Argument(4))) return;
        context.Notify(KeyspaceEvents.List, "linsert"u8, key);
        context.Reply.Integer(list.Count);
    }

    /// <summary>LREM.</summary>
    public static void RemoveEqual(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryInteger(2, out long count)) return;
        if (!context.TryOpenList(key, out StoredList list)) return;
        long most = count == 0 ? long.MaxValue : count == long.MinValue ? long.MaxValue : Math.Abs(count);
        ListSearch search = new(list, context.Argument(3), isBackwards: count < 0);
        List<long> found = [];
        while (found.Count < most)
        {
            if (!search.TryNext(out long position)) return;
            if (position < 0) break;
            found.Add(position);
        }

        // From the last one on, so that the positions of the others stay.
        if (count >= 0) found.Reverse();
        foreach (long position in found) list.Remove(position, 1);
        if (found.Count > 0) Removal.Tell(context, list.Collection, key, "lrem"u8);
        context.Reply.Integer(found.Count);
    }
}
