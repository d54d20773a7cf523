using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

/// <summary>HTTL, HPTTL, HEXPIRETIME and HPEXPIRETIME.</summary>
internal static class FieldTimeToLive
{
    /// <summary>Replies with the time that each field has left, or with the time at which it expires, rounded
    /// up to the unit.</summary>
    /// <param name="context">The command.</param>
    /// <param name="isAbsolute">The time itself, not what is left.</param>
    /// <param name="unit">Milliseconds that a unit of the reply has: 1000 or 1.</param>
    public static void Reply(CommandContext context, bool isAbsolute, int unit)
    {
        if (!FieldArguments.TryRead(context, 2, words: 1, out FieldArguments fields)) return;
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        context.Reply.ArrayHeader(fields.Count);
        long from = isAbsolute ? 0 : context.NowMilliseconds;
        for (int i = 0; i < fields.Count; i++)
        {
            // When one is missing, the reply is taken back; the others are looked for all the same.
            hash.TryFind(fields.Field(context, i), out bool isThere, out _, out long expireAt);
            context.Reply.Integer(!isThere ? FieldTime.NoField
                : expireAt == 0 ? FieldTime.NoExpiry : (expireAt - from + unit - 1) / unit);
        }
    }
}
