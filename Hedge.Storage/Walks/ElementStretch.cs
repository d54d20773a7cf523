namespace Hedge.Storage.Walks;

/// <summary>Elements of a collection that follow each other.</summary>
/// <param name="From">The first position.</param>
/// <param name="To">The position behind the last.</param>
/// <param name="IsReverse">True to begin with the last.</param>
public readonly record struct ElementStretch(long From, long To, bool IsReverse = false)
{
    /// <summary>How many elements there are.</summary>
    public long Count => Math.Max(0, To - From);
}
