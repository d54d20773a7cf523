namespace Hedge.Host.Commands.SortedSets;

/// <summary>How the scores of a member of several sets become one.</summary>
internal enum Aggregate
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>The lowest.</summary>
    Min,

    /// <summary>The highest.</summary>
    Max,
}
