using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>The options of XCLAIM and XAUTOCLAIM.</summary>
internal struct ClaimOptions
{
    /// <summary>Entries that were delivered less than so many milliseconds ago are left alone.</summary>
    public long IdleMin;

    /// <summary>The time at which they count as delivered.</summary>
    public long DeliveredAt;

    /// <summary>How often they count as delivered; -1 for once more.</summary>
    public long Deliveries;

    /// <summary>Entries that are not pending are claimed, too.</summary>
    public bool IsForced;

    /// <summary>Ids are replied alone, and this counts as no delivery.</summary>
    public bool JustIds;

    /// <summary>The group's last id becomes this one when it is higher.</summary>
    public StreamId LastId;

    /// <summary>Reads the time that argument 4 is. False when an error was replied.</summary>
    public static bool TryReadIdle(CommandContext context, string name, out ClaimOptions options)
    {
        options = new ClaimOptions { DeliveredAt = context.NowMilliseconds, Deliveries = -1 };
        if (!context.TryInteger(4, out options.IdleMin, $"ERR Invalid min-idle-time argument for {name}"))
            return false;
        options.IdleMin = Math.Max(0, options.IdleMin);
        return true;
    }

    /// <summary>Reads XCLAIM's options from an index on. False when an error was replied.</summary>
    public bool TryRead(CommandContext context, int first)
    {
        long deliveredAt = -1;
        for (int i = first; i < context.ArgumentCount; i++)
        {
            bool hasMore = i + 1 < context.ArgumentCount;
            if (context.Is(i, "FORCE"u8)) IsForced = true;
            else if (context.Is(i, "JUSTID"u8)) JustIds = true;
            else if (hasMore && context.Is(i, "IDLE"u8))
            {
                if (!TryNumber(context, ++i, "IDLE", out deliveredAt)) return false;
                deliveredAt = unchecked(context.NowMilliseconds - deliveredAt);
            }
            else if (hasMore && context.Is(i, "TIME"u8))
            {
                if (!TryNumber(context, ++i, "TIME", out deliveredAt)) return false;
            }
            else if (hasMore && context.Is(i, "RETRYCOUNT"u8))
            {
                if (!TryNumber(context, ++i, "RETRYCOUNT", out Deliveries)) return false;
            }
            else if (hasMore && context.Is(i, "LASTID"u8))
            {
                if (!StreamIds.TryRead(context, ++i, out LastId)) return false;
            }
            else
            {
                GroupErrors.NoOption(context, context.Argument(i));
                return false;
            }
        }

        // A time that cannot be is taken as now.
        if (deliveredAt >= 0 && deliveredAt <= context.NowMilliseconds) DeliveredAt = deliveredAt;
        return true;
    }

    private static bool TryNumber(CommandContext context, int index, string name, out long value) =>
        context.TryInteger(index, out value, $"ERR Invalid {name} option argument for XCLAIM");
}
