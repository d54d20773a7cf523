using Hedge.Host.Commands.Collections;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Lists;

/// <summary>Taking elements out at the ends of lists.</summary>
internal static class ListPop
{
    /// <summary>LPOP and RPOP.</summary>
    public static void Pop(CommandContext context, bool isHead)
    {
        if (context.ArgumentCount > 3)
        {
            context.Reply.Error(ErrorText.WrongNumber(context.Request.Command!.LowerName));
            return;
        }

        long count = 1;
        bool hasCount = context.ArgumentCount > 2;
        if (hasCount && !KeyCount.TryReadTaken(context, 2, out count)) return;
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenList(key, out StoredList list)) return;
        if (!list.Collection.Exists)
        {
            if (hasCount) context.Reply.NullArray();
            else context.Reply.Null();
            return;
        }

        if (count > 1) count = Math.Min(count, list.Count);
        if (!TryPrepare(list, isHead, count, out long from)) return;
        if (hasCount) context.Reply.ArrayHeader((int)count);
        if (count > 0) Take(context, list, key, isHead, from, count);
    }

    /// <summary>LMPOP and BLMPOP.</summary>
    public static void PopFirst(CommandContext context, int countIndex, bool isBlocking)
    {
        if (!PopArguments.TryRead(context, countIndex, "LEFT"u8, "RIGHT"u8, out PopArguments arguments))
            return;
        if (!Blocking.TryChoose(context, countIndex + 1, arguments.Keys, RecordType.List,
            isBlocking ? 1 : 0, out int chosen, out OpenCollection collection)) return;
        StoredList list = new(collection);
        long count = Math.Min(arguments.Count, list.Count);
        if (!TryPrepare(list, !arguments.IsSecond, count, out long from)) return;
        context.Reply.ArrayHeader(2);
        context.Reply.Bulk(context.Argument(chosen));
        context.Reply.ArrayHeader((int)count);
        Take(context, list, context.Argument(chosen), !arguments.IsSecond, from, count);
    }

    /// <summary>BLPOP and BRPOP.</summary>
    public static void PopBlocking(CommandContext context, bool isHead)
    {
        int last = context.ArgumentCount - 1;
        if (!Blocking.TryChoose(context, 1, last - 1, RecordType.List, last, out int chosen,
            out OpenCollection collection)) return;
        StoredList list = new(collection);
        if (!TryPrepare(list, isHead, 1, out long from)) return;
        context.Reply.ArrayHeader(2);
        context.Reply.Bulk(context.Argument(chosen));
        Take(context, list, context.Argument(chosen), isHead, from, 1);
    }

    private static bool TryPrepare(StoredList list, bool isHead, long count, out long from)
    {
        from = isHead ? 0 : list.Count - count;
        return count == 1 ? list.TryPrepareRemoval(from, 1)
            : list.TryRead(from, from + count) && list.TryPrepareRemoval(from, count);
    }

    private static void Take(CommandContext context, StoredList list, ReadOnlySpan<byte> key, bool isHead,
        long from, long count)
    {
        if (count == 1)
        {
            list.TryAt(from, out ReadOnlySpan<byte> only);
            context.Reply.Bulk(only);
        }
        else
        {
            using StoredList.Walk walk = list.From(isHead ? 0 : from + count - 1, !isHead);
            for (long left = count; left > 0 && walk.TryNext(out ReadOnlySpan<byte> value); left--)
                context.Reply.Bulk(value);
        }

        list.Remove(from, count);
        Removal.Tell(context, list.Collection, key, isHead ? "lpop"u8 : "rpop"u8);
    }
}
