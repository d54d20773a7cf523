using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>XCLAIM and XAUTOCLAIM.</summary>
internal static class ClaimCommands
{
    private const long CountDefault = 100;

    // As many pending entries as this times COUNT are looked at.
    private const long AttemptsFactor = 10;

    // Redis finds no memory for the ids of more entries.
    private const long CountMax = 1L << 42;

    /// <summary>XCLAIM: of the entries with some ids.</summary>
    public static void ClaimById(CommandContext context)
    {
        if (!GroupLookup.TryFind(context, out StoredStream stream, out StreamGroup group)) return;
        if (!ClaimOptions.TryReadIdle(context, "XCLAIM", out ClaimOptions options)) return;
        int end = 5;
        List<StreamId> ids = [];
        while (end < context.ArgumentCount && StreamIds.TryParse(context.Argument(end), 0, out StreamId id))
        {
            ids.Add(id);
            end++;
        }

        if (!options.TryRead(context, end)) return;
        Claims claims = new(context, stream, group, options);
        bool isRead = claims.TryFindConsumer();
        foreach (StreamId id in ids) isRead &= claims.TryConsider(id, out _);
        if (!isRead) return;
        claims.ReplyClaimed();
        claims.Write();
    }

    /// <summary>XAUTOCLAIM: of the group's pending entries from an id on.</summary>
    public static void ClaimFrom(CommandContext context)
    {
        // The look-up comes first, what it has found after the arguments.
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.Keys.TryOpen(key, RecordType.Stream, out OpenCollection? found)) return;
        if (!ClaimOptions.TryReadIdle(context, "XAUTOCLAIM", out ClaimOptions options)) return;
        if (!StreamIds.TryReadStart(context, 5, out StreamId start)) return;
        if (!TryReadOptions(context, ref options, out long count)) return;
        if (!GroupLookup.TryFind(context, found, out StoredStream stream, out StreamGroup group)) return;
        if (count > CountMax)
        {
            context.Reply.Error(
                "ERR Insufficient memory, failed allocating transient memory, COUNT too high.");
            return;
        }

        Claims claims = new(context, stream, group, options);
        if (!claims.TryFindConsumer()) return;
        long attempts = count * AttemptsFactor;
        long looked = options.IdleMin == 0 ? count : attempts;
        if (!TryStretch(stream.Pending, group, start, looked, out long from)) return;
        if (!TryConsider(claims, stream.Pending.All(group, from), count, attempts, out StreamId next)) return;
        context.Reply.ArrayHeader(3);
        StreamIds.Reply(context.Reply, next);
        claims.ReplyClaimed();
        claims.ReplyDeleted();
        claims.Write();
    }

    private static bool TryReadOptions(CommandContext context, ref ClaimOptions options, out long count)
    {
        count = CountDefault;
        for (int i = 6; i < context.ArgumentCount; i++)
        {
            if (context.Is(i, "COUNT"u8) && i + 1 < context.ArgumentCount)
            {
                if (!context.TryInteger(++i, out count, "ERR COUNT must be > 0")) return false;
                if (count is > 0 and <= long.MaxValue / 16) continue;
                context.Reply.Error("ERR COUNT must be > 0");
                return false;
            }

            options.JustIds |= context.Is(i, "JUSTID"u8);
            if (context.Is(i, "JUSTID"u8)) continue;
            context.Reply.Error(ErrorText.Syntax);
            return false;
        }

        return true;
    }

    private static bool TryStretch(StoredPending pending, in StreamGroup group, StreamId start, long count,
        out long from)
    {
        bool isRead = pending.TryCountBefore(group, start, after: false, out from)
            & pending.TryCount(group, out long all);
        // The one behind them is where to go on.
        return isRead && pending.TryRead(group, from, all - from > count ? from + count + 1 : all);
    }

    private static bool TryConsider(Claims claims, StoredPending.Walk walk, long count, long attempts,
        out StreamId next)
    {
        using StoredPending.Walk pending = walk;
        next = StreamId.Min;
        bool isRead = true;
        while (attempts-- > 0 && count > 0 && pending.TryNext(out StreamId id))
        {
            isRead &= claims.TryConsider(id, out bool isTaken);
            if (isTaken || !isRead) count--;
        }

        if (!pending.IsMissing && pending.TryNext(out StreamId following)) next = following;
        return isRead && !pending.IsMissing;
    }
}
