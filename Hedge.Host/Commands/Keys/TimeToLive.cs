using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.Keys;

/// <summary>TTL, PTTL, EXPIRETIME and PEXPIRETIME.</summary>
internal static class TimeToLive
{
    private const int NoKey = -2;
    private const int NoExpiry = -1;

    /// <summary>Replies with the time a key has left, or with the time at which it expires, rounded to the
    /// unit.</summary>
    /// <param name="context">The command.</param>
    /// <param name="absolute">The time itself, not what is left.</param>
    /// <param name="unit">Milliseconds that a unit of the reply has: 1000 or 1.</param>
    public static void Reply(CommandContext context, bool absolute, int unit)
    {
        if (!context.Keys.TryDescribe(context.Argument(1), out KeyInfo record)) return;
        if (!record.Exists || record.ExpireAt == 0)
        {
            context.Reply.Integer(record.Exists ? NoExpiry : NoKey);
            return;
        }

        long time = absolute ? record.ExpireAt : Math.Max(record.ExpireAt - context.NowMilliseconds, 0);
        ulong half = (ulong)unit / 2;
        context.Reply.Integer((long)(((ulong)time + half) / (ulong)unit));
    }
}
