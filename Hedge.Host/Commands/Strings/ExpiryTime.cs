namespace Hedge.Host.Commands.Strings;

/// <summary>Expiry arguments of the string commands.</summary>
internal static class ExpiryTime
{
    /// <summary>
    /// Reads the argument as the moment a key expires, in Unix milliseconds; false after replying with an
    /// error. Times that are not positive or overflow are errors; a moment in the past is not.
    /// </summary>
    public static bool TryRead(CommandContext context, int index, bool inSeconds, bool isRelative,
        out long expireAt)
    {
        if (!context.TryInteger(index, out expireAt)) return false;
        if (expireAt <= 0 || (inSeconds && expireAt > long.MaxValue / 1000)) return Invalid(context);
        if (inSeconds) expireAt *= 1000;
        if (!isRelative) return true;
        if (expireAt > long.MaxValue - context.NowMilliseconds) return Invalid(context);
        expireAt += context.NowMilliseconds;
        return true;
    }

    private static bool Invalid(CommandContext context)
    {
        context.Reply.Error($"ERR invalid expire time in '{context.Spec.Name.ToLowerInvariant()}' command");
        return false;
    }
}
