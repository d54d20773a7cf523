using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

/// <summary>Replies with ranks and numbers of members.</summary>
internal static class RankReply
{
    /// <summary>ZRANK and ZREVRANK.</summary>
    public static void Rank(CommandContext context, bool isReverse)
    {
        bool withScore = context.ArgumentCount > 3;
        if (context.ArgumentCount > 4 || (withScore && !context.Is(3, "WITHSCORE"u8)))
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        if (!context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set)) return;
        if (!set.TryFind(context.Argument(2), out bool isThere, out double score)) return;
        if (!isThere)
        {
            if (withScore) context.Reply.NullArray();
            else context.Reply.Null();
            return;
        }

        if (!set.TryRank(context.Argument(2), score, out long rank)) return;
        if (isReverse) rank = set.Count - 1 - rank;
        if (withScore) context.Reply.ArrayHeader(2);
        context.Reply.Integer(rank);
        if (withScore) context.Reply.Double(score);
    }

    /// <summary>ZCOUNT and ZLEXCOUNT.</summary>
    public static void Count(CommandContext context, RangeKind kind)
    {
        if (!RankRange.TryRead(context, 2, 3, kind, out RankRange range)) return;
        if (!context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set)) return;
        if (range.TryResolve(set, out long from, out long to)) context.Reply.Integer(Math.Max(0, to - from));
    }
}
