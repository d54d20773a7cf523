using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

/// <summary>Intersections, unions and differences of sets.</summary>
internal static class SetAlgebra
{
    /// <summary>Replies with the members.</summary>
    public static void Reply(CommandContext context, SetOperation operation, int firstKey)
    {
        if (!TryOpen(context, firstKey, context.ArgumentCount - firstKey, out List<StoredSet> sets)) return;
        using MemberList members = new();
        if (!TryMake(operation, sets, members, long.MaxValue)) return;
        context.Reply.SetHeader(members.Count);
        foreach (ReadOnlyMemory<byte> member in members) context.Reply.Bulk(member.Span);
    }

    /// <summary>Replies with the number of members, of no more than the limit; 0 for none.</summary>
    public static void Count(CommandContext context, SetOperation operation, int keys, long limit)
    {
        if (!TryOpen(context, 2, keys, out List<StoredSet> sets)) return;
        using MemberList members = new();
        if (!TryMake(operation, sets, members, limit == 0 ? long.MaxValue : limit)) return;
        context.Reply.Integer(members.Count);
    }

    /// <summary>Stores the members under the key of argument 1.</summary>
    public static void Store(CommandContext context, SetOperation operation, ReadOnlySpan<byte> keyEvent)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        bool isResident = context.Keys.TryPeek(key, out Record old);
        if (!TryOpen(context, 2, context.ArgumentCount - 2, out List<StoredSet> sets) || !isResident) return;
        using MemberList members = new();
        if (!TryMake(operation, sets, members, long.MaxValue)) return;
        context.Keys.CheckPieces(key, members.Bytes, members.Count);
        if (!StoredResult.TryBegin(context, key, old.Exists, members.Count)) return;
        context.TryOpenSet(key, out StoredSet target);
        foreach (ReadOnlyMemory<byte> member in members)
        {
            target.TryAdd(member.Span, out _);
            SetWrite.Show(context, target, member.Span);
        }

        context.Notify(KeyspaceEvents.Set, keyEvent, key);
        context.Reply.Integer(members.Count);
    }

    private static bool TryOpen(CommandContext context, int firstKey, int keys, out List<StoredSet> sets)
    {
        bool isOpen = Sources.TryOpen(context, firstKey, keys, [RecordType.Set], out var collections);
        sets = [.. collections.Select(collection => new StoredSet(collection))];
        return isOpen;
    }

    private static bool TryMake(SetOperation operation, List<StoredSet> sets, MemberList members, long limit)
    {
        if (operation == SetOperation.Union) return TryUnite(sets, members, limit);
        if (operation == SetOperation.Difference) return TryFilter(sets, 0, false, members, limit);
        int smallest = 0;
        for (int i = 1; i < sets.Count; i++)
            if (sets[i].Count < sets[smallest].Count) smallest = i;
        return TryFilter(sets, smallest, true, members, limit);
    }

    // The members of one set that all others have, or that no other has.
    private static bool TryFilter(List<StoredSet> sets, int from, bool wantsThere, MemberList members,
        long limit)
    {
        StoredSet set = sets[from];
        if (!set.TryRead(0, set.Count)) return false;
        bool isRead = true;
        using StoredSet.Walk walk = set.From(0);
        while (members.Count < limit && walk.TryNext(out ReadOnlySpan<byte> member))
        {
            bool passes = true;
            for (int i = 0; i < sets.Count && passes; i++)
            {
                if (i == from) continue;
                bool isKnown = sets[i].TryFind(member, out bool isThere);
                isRead &= isKnown;
                passes = !isKnown || isThere == wantsThere;
            }

            if (passes) members.Add(member);
        }

        return isRead;
    }

    private static bool TryUnite(List<StoredSet> sets, MemberList members, long limit)
    {
        bool isRead = true;
        foreach (StoredSet set in sets) isRead &= set.TryRead(0, set.Count);
        if (!isRead) return false;
        foreach (StoredSet set in sets)
        {
            using StoredSet.Walk walk = set.From(0);
            while (members.Count < limit && walk.TryNext(out ReadOnlySpan<byte> member))
                members.AddNew(member);
        }

        return true;
    }
}
