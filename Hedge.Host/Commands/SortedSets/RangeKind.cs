namespace Hedge.Host.Commands.SortedSets;

/// <summary>What the ends of a range of members are.</summary>
internal enum RangeKind
{
    /// <summary>Ranks, from the end when they are negative.</summary>
    Rank,

    /// <summary>Scores.</summary>
    Score,

    /// <summary>Members; all have the same score.</summary>
    Text,
}
