using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

/// <summary>Times of fields as arguments.</summary>
internal static class FieldTime
{
    /// <summary>The reply for a field that is not there.</summary>
    public const int NoField = -2;

    /// <summary>The reply for a field that does not expire.</summary>
    public const int NoExpiry = -1;

    /// <summary>Reads the argument as the moment a field expires, in Unix milliseconds, maybe in the past;
    /// false after replying with an error.</summary>
    /// <param name="context">The command.</param>
    /// <param name="index">The argument.</param>
    /// <param name="isRelative">The time counts from now.</param>
    /// <param name="unit">Milliseconds that a unit of the time has: 1000 or 1.</param>
    /// <param name="expireAt">The moment.</param>
    public static bool TryRead(CommandContext context, int index, bool isRelative, int unit,
        out long expireAt)
    {
        expireAt = 0;
        if (!context.TryInteger(index, out long time)) return false;
        if (time < 0)
        {
            context.Reply.Error("ERR invalid expire time, must be >= 0");
            return false;
        }

        long from = isRelative ? context.NowMilliseconds : 0;
        if (time > (StoredHash.LatestExpiry - from) / unit)
        {
            context.Reply.Error(
                $"ERR invalid expire time in '{context.Request.Command!.LowerName}' command");
            return false;
        }

        expireAt = from + (time * unit);
        return true;
    }
}
