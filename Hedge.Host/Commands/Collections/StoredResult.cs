using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Collections;

/// <summary>A collection that a command stores in place of whatever a key holds (SINTERSTORE,
/// ZRANGESTORE …).</summary>
internal static class StoredResult
{
    /// <summary>Makes room for it. An empty one removes the key, and 0 is replied; false then.</summary>
    /// <param name="context">The command, which has looked the key up.</param>
    /// <param name="key">The key.</param>
    /// <param name="exists">True when the key exists.</param>
    /// <param name="count">The number of elements.</param>
    public static bool TryBegin(CommandContext context, ReadOnlySpan<byte> key, bool exists, long count)
    {
        if (exists) context.Keys.Remove(key);
        if (count > 0)
        {
            if (!exists) context.Notify(KeyspaceEvents.New, "new"u8, key);
            return true;
        }

        if (exists) context.Notify(KeyspaceEvents.Generic, "del"u8, key);
        context.Reply.Integer(0);
        return false;
    }
}
