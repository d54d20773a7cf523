using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Lists;

/// <summary>Moving an element from one list to another, or from one end to the other.</summary>
internal static class ListMove
{
    /// <summary>Reads LEFT or RIGHT, of the source and of the target. False when an error was
    /// replied.</summary>
    public static bool TryReadEnds(CommandContext context, out bool fromHead, out bool toHead)
    {
        fromHead = context.Is(3, "LEFT"u8);
        toHead = context.Is(4, "LEFT"u8);
        if ((fromHead || context.Is(3, "RIGHT"u8)) && (toHead || context.Is(4, "RIGHT"u8))) return true;
        context.Reply.Error(ErrorText.Syntax);
        return false;
    }

    /// <summary>LMOVE and RPOPLPUSH.</summary>
    public static void Move(CommandContext context, bool fromHead, bool toHead)
    {
        if (!context.TryOpenList(context.Argument(1), out StoredList source)) return;
        if (source.Collection.Exists) Move(context, source, fromHead, toHead);
        else context.Reply.Null();
    }

    /// <summary>BLMOVE and BRPOPLPUSH.</summary>
    public static void MoveBlocking(CommandContext context, bool fromHead, bool toHead, int timeoutIndex)
    {
        // Inside a transaction nobody waits, and the answer for an absent source is that of LMOVE.
        if (context.InTransaction)
        {
            if (Blocking.TryTimeout(context, timeoutIndex, out _)) Move(context, fromHead, toHead);
        }
        else if (Blocking.TryChoose(context, 1, 1, RecordType.List, timeoutIndex, out _,
            out OpenCollection collection))
        {
            Move(context, new StoredList(collection), fromHead, toHead);
        }
    }

    private static void Move(CommandContext context, StoredList source, bool fromHead, bool toHead)
    {
        ReadOnlySpan<byte> from = context.Argument(1);
        ReadOnlySpan<byte> to = context.Argument(2);
        bool isSame = from.SequenceEqual(to);
        StoredList target = source;
        if (!isSame && !context.TryOpenList(to, out target)) return;
        long position = fromHead ? 0 : source.Count - 1;
        bool isRead = source.TryAt(position, out ReadOnlySpan<byte> value);
        isRead &= source.TryPrepareRemoval(position, 1);
        if (!isRead || !target.TryPreparePush(toHead, value.Length)) return;
        context.Reply.Bulk(value);
        target.TryPush(value, toHead);
        // First in, then out, so that a list of one element is not gone between.
        if (isSame) position = fromHead ? (toHead ? 1 : 0) : source.Count - (toHead ? 1 : 2);
        source.Remove(position, 1);
        context.Notify(KeyspaceEvents.List, toHead ? "lpush"u8 : "rpush"u8, to);
        Removal.Tell(context, source.Collection, from, fromHead ? "lpop"u8 : "rpop"u8);
    }
}
