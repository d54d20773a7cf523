namespace Hedge.Host.Commands.SortedSets;

/// <summary>The options of ZADD.</summary>
[Flags]
internal enum ScoreOptions
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>NX: only new members.</summary>
    OnlyNew = 1 << 0,

    /// <summary>XX: only members that are there.</summary>
    OnlyOld = 1 << 1,

    /// <summary>GT: old members only to higher scores.</summary>
    OnlyHigher = 1 << 2,

    /// <summary>LT: old members only to lower scores.</summary>
    OnlyLower = 1 << 3,

    /// <summary>CH: the reply counts changed scores, too.</summary>
    CountsChanges = 1 << 4,

    /// <summary>INCR: adds to the score.</summary>
    Increments = 1 << 5,
}
