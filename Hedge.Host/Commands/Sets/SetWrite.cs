using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

/// <summary>What commands that change sets share.</summary>
internal static class SetWrite
{
    /// <summary>A member was added: with it the set may be no longer one that Redis keeps as sorted
    /// integers.</summary>
    public static void Show(CommandContext context, StoredSet set, ReadOnlySpan<byte> member)
    {
        if (set.Collection.Encoding != Encodings.Intset) return;
        if (!Numbers.TryParseInt64(member, out _)
            || set.Count > context.Server.Settings.Current.Collections.IntsetEntries)
            set.Collection.Encoding = Encodings.HashTable;
    }

    /// <summary>SPOP of a set that exists.</summary>
    public static void Pop(CommandContext context, StoredSet set, long count, bool hasCount)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        long size = set.Count;
        if (count >= size && hasCount)
        {
            if (!set.TryRead(0, size)) return;
            // As in Redis, which makes a union of it.
            context.NoteLookup(key, exists: true);
            SetReply.All(context, set, asSet: true);
            set.Collection.Remove();
            Removal.Tell(context, set.Collection, key, "spop"u8);
            return;
        }

        Draws draws = Draws.For(context);
        if (!hasCount) PopOne(context, set, draws.Below(size));
        else PopSome(context, set, [.. draws.Positions(size, count)]);
        draws.End(context);
    }

    private static void PopOne(CommandContext context, StoredSet set, long position)
    {
        if (!set.TryAt(position, out ReadOnlySpan<byte> member)) return;
        context.Reply.Bulk(member);
        set.TryRemoveAt(position);
        Removal.Tell(context, set.Collection, context.Argument(1), "spop"u8);
    }

    private static void PopSome(CommandContext context, StoredSet set, long[] positions)
    {
        context.Reply.SetHeader(positions.Length);
        bool isRead = true;
        foreach (long position in positions)
        {
            isRead &= set.TryAt(position, out ReadOnlySpan<byte> member);
            context.Reply.Bulk(member);
        }

        if (!isRead) return;
        // From the last one on, so that the positions of the others stay.
        Array.Sort(positions);
        for (int i = positions.Length - 1; i >= 0; i--) set.TryRemoveAt(positions[i]);
        Removal.Tell(context, set.Collection, context.Argument(1), "spop"u8);
    }
}
