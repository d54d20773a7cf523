using Hedge.Host.Commands.Collections;
using Hedge.Resp;
using Hedge.Storage.Records;
using Hedge.Storage.Types;
using Hedge.Storage.Walks;

namespace Hedge.Host.Commands.SortedSets;

/// <summary>Replies with members of sorted sets, and ZRANGESTORE.</summary>
internal static class RangeReply
{
    /// <summary>ZRANGE and the older commands.</summary>
    public static void Members(CommandContext context, RangeArguments arguments, bool readsKind = false)
    {
        if (!arguments.TryRead(context, readsKind, mayShowScores: true, out RankRange range)) return;
        if (!context.TryOpenSortedSet(context.Argument(arguments.Key), out StoredSortedSet set)) return;
        if (!arguments.TryResolve(range, set, out long from, out long to)) return;
        Walk(context, set, from, to, arguments.IsReverse, arguments.WithScores);
    }

    /// <summary>Replies with a stretch of ranks.</summary>
    public static void Walk(CommandContext context, StoredSortedSet set, long from, long to, bool isReverse,
        bool withScores)
    {
        if (to <= from)
        {
            context.Reply.ArrayHeader(0);
            return;
        }

        long most = ElementsReply.BytesMin(context, set.Collection);
        if (!set.TryRead(from, to, most, out bool isLong)) return;
        if (isLong)
        {
            RespWriter? big = ElementsReply.Begin(context, set.Collection,
                new ElementStretch(from, to, isReverse), Element(withScores));
            if (big != null) Header(big, (int)(to - from), withScores);
            return;
        }

        Header(context.Reply, (int)(to - from), withScores);
        using StoredSortedSet.Walk walk = set.From(isReverse ? to - 1 : from, isReverse);
        for (long left = to - from; left > 0 && walk.TryNext(out var member, out double score); left--)
            Pair(context.Reply, member, score, withScores);
    }

    /// <summary>ZRANGESTORE.</summary>
    public static void Store(CommandContext context)
    {
        RangeArguments arguments = RangeArguments.Of(2);
        if (!arguments.TryRead(context, readsKind: true, mayShowScores: false, out RankRange range)) return;
        bool isResident = context.Keys.TryPeek(context.Argument(1), out Record old);
        if (!Sources.TryOpen(context, 2, 1, [RecordType.SortedSet], out var sources) || !isResident) return;
        StoredSortedSet set = new(sources[0]);
        if (!arguments.TryResolve(range, set, out long from, out long to) || !set.TryRead(from, to)) return;
        using ScoredMembers members = new();
        if (to > from)
        {
            using StoredSortedSet.Walk walk = set.From(from);
            for (long left = to - from; left > 0 && walk.TryNext(out var member, out double score); left--)
                members.Add(member, score);
        }

        members.Store(context, old.Exists, "zrangestore"u8);
    }

    /// <summary>One member chosen at random, or null.</summary>
    public static void RandomMember(CommandContext context, StoredSortedSet set)
    {
        if (set.Count == 0)
        {
            context.Reply.Null();
            return;
        }

        Draws draws = Draws.For(context);
        if (set.TryAt(draws.Below(set.Count), out ReadOnlySpan<byte> member, out _))
            context.Reply.Bulk(member);
        draws.End(context);
    }

    /// <summary>Members chosen at random: with a positive count different ones.</summary>
    public static void RandomMembers(CommandContext context, StoredSortedSet set, long count, bool withScores)
    {
        if (!RandomCount.Fits(context, count)) return;
        Draws draws = Draws.For(context);
        Header(context.Reply, (int)Math.Abs(count), withScores);
        foreach (long rank in draws.Positions(set.Count, count))
        {
            set.TryAt(rank, out ReadOnlySpan<byte> member, out double score);
            Pair(context.Reply, member, score, withScores);
        }

        draws.End(context);
    }

    private static ElementReply Element(bool withScores)
    {
        if (!withScores) return static (reply, member, _, _) => reply.Bulk(member);
        return static (reply, member, _, score) => Pair(reply, member, score, withScores: true);
    }

    /// <summary>Begins a reply of so many members. RESP3 has pairs of members and scores, RESP2 both one
    /// after the other.</summary>
    public static void Header(RespWriter reply, int count, bool withScores) =>
        reply.ArrayHeader(withScores && reply.Protocol == 2 ? checked(count * 2) : count);

    /// <summary>A member of such a reply.</summary>
    public static void Pair(RespWriter reply, ReadOnlySpan<byte> member, double score, bool withScores)
    {
        if (withScores && reply.Protocol > 2) reply.ArrayHeader(2);
        reply.Bulk(member);
        if (withScores) reply.Double(score);
    }
}
