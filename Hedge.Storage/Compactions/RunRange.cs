namespace Hedge.Storage.Compactions;

/// <summary>A contiguous part of a partition's runs, newest first: <paramref name="Count"/> runs, the newest
/// at position <paramref name="Newest"/>.</summary>
internal readonly record struct RunRange(int Newest, int Count)
{
    /// <summary>The position after the oldest run.</summary>
    public int End => Newest + Count;
}
