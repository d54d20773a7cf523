using Hedge.Host.Declarations;
using Hedge.Storage;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.Keys;

/// <summary>What commands over many keys (DEL, EXISTS…) share: all arguments from the first on are
/// keys.</summary>
internal static class KeyArguments
{
    /// <summary>Removes the keys that exist and replies with their number; a key given twice counts
    /// once.</summary>
    public static void Remove(CommandContext context)
    {
        int removed = 0;
        bool single = context.ArgumentCount == 2;
        if (!TryCount(context, access: false, out int found)) return;
        for (int i = 1; i < context.ArgumentCount && found > 0; i++)
        {
            ReadOnlySpan<byte> key = context.Argument(i);
            if (!single && !ExistsStill(context, key)) continue;
            context.Keys.Remove(key);
            context.Notify(KeyspaceEvents.Generic, "del"u8, key);
            removed++;
        }

        context.Reply.Integer(removed);
    }

    /// <summary>Replies with how many of the keys exist; a key given twice counts twice.</summary>
    public static void Count(CommandContext context, bool access)
    {
        if (access ? TryCount(context, true, out int found) : TryCountKeys(context, out found))
            context.Reply.Integer(found);
    }

    // Looks at every key before it gives up, so that all of them are read together.
    private static bool TryCount(CommandContext context, bool access, out int found)
    {
        bool resident = true;
        found = 0;
        for (int i = 1; i < context.ArgumentCount; i++)
        {
            ReadOnlySpan<byte> key = context.Argument(i);
            resident &= access
                ? context.Keys.TryFind(key, out Record record)
                : context.Keys.TryPeek(key, out record);
            if (record.Exists) found++;
        }

        return resident;
    }

    private static bool TryCountKeys(CommandContext context, out int found)
    {
        bool resident = true;
        found = 0;
        for (int i = 1; i < context.ArgumentCount; i++)
        {
            resident &= context.Keys.TryDescribe(context.Argument(i), out KeyInfo info);
            if (info.Exists) found++;
        }

        return resident;
    }

    // The second look-up finds what the first one of this run brought in, less what was removed since.
    private static bool ExistsStill(CommandContext context, ReadOnlySpan<byte> key)
    {
        Invariant.Check(context.Keys.TryPeek(key, out Record record), "a key that was looked up is resident");
        return record.Exists;
    }
}
