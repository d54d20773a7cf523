using Hedge.Host.Commands.Collections;
using Hedge.Resp;
using Hedge.Storage.Types;
using Hedge.Storage.Walks;

namespace Hedge.Host.Commands.Sets;

/// <summary>Replies with members of a set.</summary>
internal static class SetReply
{
    /// <summary>All members, for a command that shows them and does nothing else.</summary>
    public static void Show(CommandContext context, StoredSet set, bool asSet)
    {
        long count = set.Count;
        long most = ElementsReply.BytesMin(context, set.Collection);
        if (!set.TryRead(0, count, most, out bool isLong)) return;
        if (!isLong)
        {
            All(context, set, asSet);
            return;
        }

        RespWriter? reply = ElementsReply.Begin(context, set.Collection, new ElementStretch(0, count),
            static (reply, member, _, _) => reply.Bulk(member));
        if (asSet) reply?.SetHeader((int)count);
        else reply?.ArrayHeader((int)count);
    }

    /// <summary>All members.</summary>
    public static void All(CommandContext context, StoredSet set, bool asSet)
    {
        int count = (int)set.Count;
        if (!set.TryRead(0, count)) return;
        if (asSet) context.Reply.SetHeader(count);
        else context.Reply.ArrayHeader(count);
        using StoredSet.Walk walk = set.From(0);
        while (walk.TryNext(out ReadOnlySpan<byte> member)) context.Reply.Bulk(member);
    }

    /// <summary>One member chosen at random, or null.</summary>
    public static void RandomMember(CommandContext context, StoredSet set)
    {
        if (set.Count == 0)
        {
            context.Reply.Null();
            return;
        }

        Draws draws = Draws.For(context);
        if (set.TryAt(draws.Below(set.Count), out ReadOnlySpan<byte> member)) context.Reply.Bulk(member);
        draws.End(context);
    }

    /// <summary>Members chosen at random: with a positive count different ones.</summary>
    public static void RandomMembers(CommandContext context, StoredSet set, long count)
    {
        if (!RandomCount.Fits(context, count)) return;
        Draws draws = Draws.For(context);
        context.Reply.ArrayHeader((int)Math.Abs(count));
        foreach (long position in draws.Positions(set.Count, count))
        {
            set.TryAt(position, out ReadOnlySpan<byte> member);
            context.Reply.Bulk(member);
        }

        draws.End(context);
    }
}
