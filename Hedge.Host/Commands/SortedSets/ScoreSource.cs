using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

/// <summary>A set or sorted set that ZUNION and the like read. The members of a set have the score
/// 1.</summary>
/// <param name="collection">The collection; its type says what it is.</param>
/// <param name="weight">What its scores are multiplied by.</param>
internal readonly struct ScoreSource(OpenCollection collection, double weight)
{
    private bool IsSet => collection.Type == RecordType.Set;

    private StoredSet Set => new(collection);

    private StoredSortedSet SortedSet => new(collection);

    /// <summary>The number of members.</summary>
    public long Count => IsSet ? Set.Count : SortedSet.Count;

    /// <summary>Reads all members.</summary>
    public bool TryRead() => IsSet ? Set.TryRead(0, Count) : SortedSet.TryRead(0, Count);

    /// <summary>Looks for a member; its score is weighted, and may be no number then: as in Redis, that shows
    /// in the sum.</summary>
    public bool TryFind(ReadOnlySpan<byte> member, out bool isThere, out double score)
    {
        score = 1;
        bool isRead = IsSet ? Set.TryFind(member, out isThere)
            : SortedSet.TryFind(member, out isThere, out score);
        score *= weight;
        return isRead;
    }

    /// <summary>Calls back for each member with its weighted score, until that says no.</summary>
    public void ForEach<TSink>(ref TSink sink) where TSink : IMemberSink, allows ref struct
    {
        if (IsSet)
        {
            using StoredSet.Walk members = Set.From(0);
            while (members.TryNext(out ReadOnlySpan<byte> member) && sink.Take(member, Weigh(1)))
            {
            }

            return;
        }

        using StoredSortedSet.Walk walk = SortedSet.From(0);
        while (walk.TryNext(out ReadOnlySpan<byte> member, out double score))
            if (!sink.Take(member, Weigh(score))) return;
    }

    private double Weigh(double score)
    {
        double product = score * weight;
        return double.IsNaN(product) ? 0 : product;
    }
}

/// <summary>Takes members with their scores.</summary>
internal interface IMemberSink
{
    /// <summary>One member. False: no more.</summary>
    bool Take(ReadOnlySpan<byte> member, double score);
}
