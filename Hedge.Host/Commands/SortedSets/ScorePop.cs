using Hedge.Host.Commands.Collections;
using Hedge.Resp;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

/// <summary>Taking members with the lowest or highest scores.</summary>
internal static class ScorePop
{
    /// <summary>ZPOPMIN and ZPOPMAX.</summary>
    public static void Pop(CommandContext context, bool isMax)
    {
        long count = 1;
        bool hasCount = context.ArgumentCount > 2;
        if (context.ArgumentCount > 3)
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        if (hasCount && !KeyCount.TryReadTaken(context, 2, out count)) return;

        if (!context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set)) return;
        count = Math.Min(count, set.Count);
        if (count == 0)
        {
            context.Reply.ArrayHeader(0);
            return;
        }

        if (!TryPrepare(set, isMax, count)) return;
        if (hasCount) RangeReply.Header(context.Reply, (int)count, withScores: true);
        else context.Reply.ArrayHeader(2);
        bool isPaired = hasCount && context.Reply.Protocol > 2;
        Take(context, set, context.Argument(1), isMax, count, isPaired);
    }

    /// <summary>ZMPOP and BZMPOP.</summary>
    public static void PopFirst(CommandContext context, int countIndex, bool isBlocking)
    {
        if (!PopArguments.TryRead(context, countIndex, "MIN"u8, "MAX"u8, out PopArguments arguments))
            return;
        if (!Blocking.TryChoose(context, countIndex + 1, arguments.Keys, RecordType.SortedSet,
            isBlocking ? 1 : 0, out int chosen, out OpenCollection collection)) return;
        StoredSortedSet set = new(collection);
        long count = Math.Min(arguments.Count, set.Count);
        if (!TryPrepare(set, arguments.IsSecond, count)) return;
        context.Reply.ArrayHeader(2);
        context.Reply.Bulk(context.Argument(chosen));
        context.Reply.ArrayHeader((int)count);
        Take(context, set, context.Argument(chosen), arguments.IsSecond, count, isPaired: true);
    }

    /// <summary>BZPOPMIN and BZPOPMAX.</summary>
    public static void PopBlocking(CommandContext context, bool isMax)
    {
        int last = context.ArgumentCount - 1;
        if (!Blocking.TryChoose(context, 1, last - 1, RecordType.SortedSet, last, out int chosen,
            out OpenCollection collection)) return;
        StoredSortedSet set = new(collection);
        if (!TryPrepare(set, isMax, 1)) return;
        context.Reply.ArrayHeader(3);
        context.Reply.Bulk(context.Argument(chosen));
        Take(context, set, context.Argument(chosen), isMax, 1, isPaired: false);
    }

    private static bool TryPrepare(StoredSortedSet set, bool isMax, long count)
    {
        long from = isMax ? set.Count - count : 0;
        return set.TryRead(from, from + count) && set.TryPrepareRemoval(from, count);
    }

    private static void Take(CommandContext context, StoredSortedSet set, ReadOnlySpan<byte> key, bool isMax,
        long count, bool isPaired)
    {
        RespWriter reply = context.Reply;
        long size = set.Count;
        using (StoredSortedSet.Walk walk = set.From(isMax ? size - 1 : 0, isMax))
        {
            for (long left = count; left > 0 && walk.TryNext(out var member, out double score); left--)
            {
                if (isPaired) reply.ArrayHeader(2);
                reply.Bulk(member);
                reply.Double(score);
            }
        }

        set.Remove(isMax ? size - count : 0, count);
        Removal.Tell(context, set.Collection, key, isMax ? "zpopmax"u8 : "zpopmin"u8);
    }
}
