using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys;

/// <summary>SORT and SORT_RO: what they read, and what they answer or store.</summary>
internal static class Sorting
{
    /// <summary>Runs them.</summary>
    public static void Execute(CommandContext context, bool mayStore)
    {
        if (SortOptions.Read(context, mayStore) is not { } options) return;
        Record old = default;
        if (options.Store > 0 && !context.Keys.TryPeek(context.Argument(options.Store), out old)) return;
        if (!Sources.TryOpen(context, 1, 1, [RecordType.List, RecordType.Set, RecordType.SortedSet],
            out List<OpenCollection> sources)) return;
        if (options is { IsUnsorted: true, Store: > 0 } && sources[0].Type == RecordType.Set)
            options.SortByName();
        using MemberList elements = new();
        if (!TryGather(sources[0], options, elements)) return;
        (int from, int to) = options.IsUnsorted ? (0, elements.Count) : options.Limit(elements.Count);
        int[]? order = null;
        if (!options.IsUnsorted && !SortOrder.TryMake(context, options, elements, out order)) return;
        using MemberList values = new();
        List<bool> areThere = [];
        bool isRead = true;
        for (int i = from; i < to; i++)
            isRead &= TryAddValues(context, options, elements[order?[i] ?? i].Span, values, areThere);
        if (!isRead) return;
        if (options.Store > 0) Store(context, context.Argument(options.Store), old.Exists, values);
        else Reply(context, values, areThere);
    }

    // Without sorting only what is wanted is read, in the order of a list or of a sorted set,
    // or backwards.
    private static bool TryGather(OpenCollection source, SortOptions options, MemberList elements)
    {
        int count = CountOf(source);
        (int from, int to) = options.IsUnsorted ? options.Limit(count) : (0, count);
        bool isBackwards = options is { IsUnsorted: true, IsDescending: true };
        return from == to || source.Type switch
        {
            RecordType.List => TryGather(new StoredList(source), from, to, isBackwards, elements),
            RecordType.Set => TryGather(new StoredSet(source), from, to, elements),
            _ => TryGather(new StoredSortedSet(source), from, to, isBackwards, elements),
        };
    }

    private static int CountOf(OpenCollection source)
    {
        long count = source.Type switch
        {
            RecordType.List => new StoredList(source).Count,
            RecordType.Set => new StoredSet(source).Count,
            _ => new StoredSortedSet(source).Count,
        };
        return checked((int)count);
    }

    private static bool TryGather(StoredList list, int from, int to, bool isBackwards, MemberList elements)
    {
        long last = list.Count - 1;
        bool isRead = isBackwards ? list.TryRead(last - to + 1, last - from + 1) : list.TryRead(from, to);
        if (!isRead) return false;
        using StoredList.Walk walk = list.From(isBackwards ? last - from : from, isBackwards);
        while (elements.Count < to - from && walk.TryNext(out ReadOnlySpan<byte> value)) elements.Add(value);
        return true;
    }

    private static bool TryGather(StoredSet set, int from, int to, MemberList elements)
    {
        if (!set.TryRead(from, to)) return false;
        using StoredSet.Walk walk = set.From(from);
        while (elements.Count < to - from && walk.TryNext(out ReadOnlySpan<byte> member))
            elements.Add(member);
        return true;
    }

    private static bool TryGather(StoredSortedSet set, int from, int to, bool isBackwards,
        MemberList elements)
    {
        long last = set.Count - 1;
        bool isRead = isBackwards ? set.TryRead(last - to + 1, last - from + 1) : set.TryRead(from, to);
        if (!isRead) return false;
        using StoredSortedSet.Walk walk = set.From(isBackwards ? last - from : from, isBackwards);
        while (elements.Count < to - from && walk.TryNext(out ReadOnlySpan<byte> member, out _))
            elements.Add(member);
        return true;
    }

    private static bool TryAddValues(CommandContext context, SortOptions options,
        ReadOnlySpan<byte> element, MemberList values, List<bool> areThere)
    {
        if (options.Gets.Count == 0)
        {
            values.Add(element);
            areThere.Add(true);
            return true;
        }

        bool isRead = true;
        foreach (int get in options.Gets)
        {
            SortPattern pattern = new(context.Argument(get));
            isRead &= pattern.TryFind(context, element, out bool isThere, out ReadOnlySpan<byte> value);
            values.Add(isThere ? value : default);
            areThere.Add(isThere);
        }

        return isRead;
    }

    private static void Reply(CommandContext context, MemberList values, List<bool> areThere)
    {
        context.Reply.ArrayHeader(values.Count);
        for (int i = 0; i < values.Count; i++)
        {
            if (areThere[i]) context.Reply.Bulk(values[i].Span);
            else context.Reply.Null();
        }
    }

    // A value that is not there is stored as an empty one.
    private static void Store(CommandContext context, ReadOnlySpan<byte> key, bool exists, MemberList values)
    {
        context.Keys.CheckPieces(key, values.Bytes, values.Count);
        if (!StoredResult.TryBegin(context, key, exists, values.Count)) return;
        context.TryOpenList(key, out StoredList target);
        foreach (ReadOnlyMemory<byte> value in values) target.TryPush(value.Span, atHead: false);
        context.Notify(KeyspaceEvents.List, "sortstore"u8, key);
        context.Reply.Integer(values.Count);
    }
}
