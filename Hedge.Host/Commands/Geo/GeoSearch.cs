using Hedge.Host.Commands.Collections;
using Hedge.Host.Commands.SortedSets;
using Hedge.Storage.Records;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Geo;

/// <summary>Searches a sorted set for places.</summary>
internal sealed class GeoSearch : IDisposable
{
    private readonly MemberList _members = new();
    private readonly List<Found> _found = [];

    /// <summary>Runs one of the commands.</summary>
    public static void Run(CommandContext context, GeoCommand command)
    {
        ReadOnlySpan<byte> key = context.Argument(command == GeoCommand.SearchStore ? 2 : 1);
        // A key of another type exists.
        bool exists = !context.TryOpenSortedSet(key, out StoredSortedSet set) || set.Collection.Exists;
        // The look-ups of the others count anyway.
        if (command is GeoCommand.Radius or GeoCommand.RadiusByMember or GeoCommand.SearchStore)
            context.NoteLookup(key, exists);
        Record old = default;
        GeoQuery query = default;
        using var search = new GeoSearch();
        bool succeeds = set.Collection != null && GeoQuery.TryRead(context, command, set, out query)
            && (query.StoreAt == 0 || context.Keys.TryPeek(context.Argument(query.StoreAt), out old))
            && (!exists || search.TryFind(set, query));
        if (!succeeds) return;
        if (query.StoreAt > 0) search.Store(context, query, old.Exists, command);
        else search.Reply(context, query);
    }

    /// <inheritdoc/>
    public void Dispose() => _members.Dispose();

    private bool TryFind(StoredSortedSet set, in GeoQuery query)
    {
        GeoShape shape = query.Shape;
        List<GeoCell> cells = shape.Cells();
        var ranges = new (long From, long To)[cells.Count];
        bool isRead = true;
        for (int i = 0; i < ranges.Length; i++)
        {
            isRead &= set.TryCountBefore(cells[i].FirstScore, after: false, out ranges[i].From);
            isRead &= set.TryCountBefore(cells[i].EndScore, after: false, out ranges[i].To);
        }

        if (!isRead) return false;
        foreach ((long from, long to) in ranges)
            if (from < to) isRead &= set.TryRead(from, to);
        if (!isRead) return false;
        foreach ((long from, long to) in ranges)
        {
            if (from >= to) continue;
            Take(set, from, to, shape, query.Any ? query.Count : long.MaxValue);
            if (query.Any && _found.Count >= query.Count) break;
        }

        if (query.Order != 0 || (query.Count > 0 && !query.Any)) Sort(query.Order);
        if (query.Count > 0 && query.Count < _found.Count)
            _found.RemoveRange((int)query.Count, _found.Count - (int)query.Count);
        return true;
    }

    private void Take(StoredSortedSet set, long from, long to, in GeoShape shape, long limit)
    {
        using StoredSortedSet.Walk walk = set.From(from);
        for (; from < to && _found.Count < limit; from++)
        {
            if (!walk.TryNext(out ReadOnlySpan<byte> member, out double score)) return;
            if (!shape.Contains(GeoCell.OfScore(score).Middle, out double meters)) continue;
            _found.Add(new Found(_members.Count, meters / shape.UnitMeters, score));
            _members.Add(member);
        }
    }

    // Those with the same distance stay in the order in which they were found.
    private void Sort(int order) => _found.Sort((x, y) =>
    {
        int byDistance = x.Distance.CompareTo(y.Distance);
        if (byDistance == 0) return x.Member.CompareTo(y.Member);
        return order < 0 ? -byDistance : byDistance;
    });

    private void Reply(CommandContext context, in GeoQuery query)
    {
        int parts = 1;
        foreach (bool isShown in (ReadOnlySpan<bool>)[query.WithDistance, query.WithHash, query.WithPosition])
            if (isShown) parts++;
        context.Reply.ArrayHeader(_found.Count);
        foreach (Found place in _found)
        {
            if (parts > 1) context.Reply.ArrayHeader(parts);
            context.Reply.Bulk(_members[place.Member].Span);
            if (query.WithDistance) GeoUnit.ReplyDistance(context, place.Distance);
            if (query.WithHash) context.Reply.Integer((long)place.Score);
            if (query.WithPosition) GeoReply.Position(context, place.Score);
        }
    }

    private void Store(CommandContext context, in GeoQuery query, bool replaces, GeoCommand command)
    {
        using ScoredMembers members = new();
        foreach (Found place in _found)
            members.Add(_members[place.Member].Span, query.StoresDistances ? place.Distance : place.Score);
        members.Store(context, query.StoreAt, replaces,
            command == GeoCommand.SearchStore ? "geosearchstore"u8 : "georadiusstore"u8);
    }

    private readonly record struct Found(int Member, double Distance, double Score);
}
