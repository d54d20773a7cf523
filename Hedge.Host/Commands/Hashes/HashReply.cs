using Hedge.Host.Commands.Collections;
using Hedge.Resp;
using Hedge.Storage.Types;
using Hedge.Storage.Walks;

namespace Hedge.Host.Commands.Hashes;

/// <summary>Replies with several fields of a hash.</summary>
internal static class HashReply
{
    /// <summary>HGETALL, HKEYS and HVALS.</summary>
    public static void All(CommandContext context, bool fields, bool values)
    {
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        int count = (int)hash.Count;
        long most = ElementsReply.BytesMin(context, hash.Collection);
        if (!hash.TryRead(0, count, most, out bool isLong)) return;
        RespWriter? reply = context.Reply;
        if (isLong)
        {
            reply = Begin(context, hash, (big, field, value, _) => Show(big, field, value, fields, values));
            if (reply == null) return;
        }

        if (fields && values) reply.MapHeader(count);
        else reply.ArrayHeader(count);
        if (isLong) return;
        using StoredHash.Walk walk = hash.From(0);
        while (walk.TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value))
            Show(reply, field, value, fields, values);
    }

    /// <summary>All fields as HRANDFIELD shows them.</summary>
    public static void Pairs(CommandContext context, StoredHash hash, bool withValues)
    {
        int count = (int)hash.Count;
        long most = ElementsReply.BytesMin(context, hash.Collection);
        if (!hash.TryRead(0, count, most, out bool isLong)) return;
        if (isLong)
        {
            RespWriter? big = Begin(context, hash,
                (reply, field, value, _) => Pair(reply, field, value, withValues));
            if (big != null) Header(big, count, withValues);
            return;
        }

        Header(context.Reply, count, withValues);
        using StoredHash.Walk walk = hash.From(0);
        while (walk.TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value))
            Pair(context.Reply, field, value, withValues);
    }

    /// <summary>One field chosen at random, or null.</summary>
    public static void RandomField(CommandContext context, StoredHash hash)
    {
        if (hash.Count == 0)
        {
            context.Reply.Null();
            return;
        }

        Draws draws = Draws.For(context);
        long position = draws.Below(hash.Count);
        if (hash.TryShift(new Span<long>(ref position))
            && hash.TryAt(position, out ReadOnlySpan<byte> field, out _))
            context.Reply.Bulk(field);
        draws.End(context);
    }

    /// <summary>Fields chosen at random: with a positive count different ones.</summary>
    public static void RandomFields(CommandContext context, StoredHash hash, long count, bool withValues)
    {
        Draws draws = Draws.For(context);
        long size = hash.Count;
        if (!RandomCount.Fits(context, count)) return;
        int drawn = (int)Math.Abs(count);
        Header(context.Reply, drawn, withValues);
        IEnumerable<long> positions = draws.Positions(size, count);
        if (hash.Collection.DueFields > 0)
        {
            long[] shifted = [.. positions];
            positions = hash.TryShift(shifted) ? shifted : [];
        }

        foreach (long position in positions)
        {
            hash.TryAt(position, out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value);
            Pair(context.Reply, field, value, withValues);
        }

        draws.End(context);
    }

    // A walk gives the fields that have expired as well, with their times.
    private static RespWriter? Begin(CommandContext context, StoredHash hash, ElementReply show)
    {
        long now = context.NowMilliseconds;
        ElementStretch all = new(0, hash.Count + hash.Collection.DueFields);
        return ElementsReply.Begin(context, hash.Collection, all, (reply, field, value, expireAt) =>
        {
            if (expireAt == 0 || expireAt > now) show(reply, field, value, 0);
        });
    }

    private static void Show(RespWriter reply, ReadOnlySpan<byte> field, ReadOnlySpan<byte> value,
        bool fields, bool values)
    {
        if (fields) reply.Bulk(field);
        if (values) reply.Bulk(value);
    }

    private static void Header(RespWriter reply, int count, bool withValues) =>
        reply.ArrayHeader(withValues && reply.Protocol == 2 ? checked(count * 2) : count);

    private static void Pair(RespWriter reply, ReadOnlySpan<byte> field, ReadOnlySpan<byte> value,
        bool withValues)
    {
        if (withValues && reply.Protocol > 2) reply.ArrayHeader(2);
        reply.Bulk(field);
        if (withValues) reply.Bulk(value);
    }
}
