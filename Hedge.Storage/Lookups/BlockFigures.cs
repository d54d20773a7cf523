namespace Hedge.Storage.Lookups;

/// <summary>How look-ups on disk went, since the start.</summary>
public readonly record struct BlockFigures
{
    /// <summary>Look-ups of blocks that the cache answered, but for the first after a read.</summary>
    public long CacheHits { get; init; }

    /// <summary>Look-ups of blocks that had to be read.</summary>
    public long CacheMisses { get; init; }

    /// <summary>Filters of runs asked by look-ups, each once however often a command is run.</summary>
    public long FilterChecks { get; init; }

    /// <summary>Filters that said no.</summary>
    public long FilterNegatives { get; init; }

    /// <summary>Filters that said maybe for a run that does not have the key.</summary>
    public long FilterFalsePositives { get; init; }
}
