namespace Hedge.Storage.DiskLimits;

/// <summary>What a partition takes on disk, in bytes, estimated but for the first two.</summary>
internal struct DiskNeeds
{
    /// <summary>Run files.</summary>
    public long Files;

    /// <summary>The values they refer to, in value files and logs.</summary>
    public long Referred;

    /// <summary>Changes that will be in runs.</summary>
    public long Unflushed;

    /// <summary>The part of all that belongs to keys that exist.</summary>
    public long Live;

    /// <summary>What merging all runs would free, of files and values.</summary>
    public long Dead;

    /// <summary>True when nothing was found that may be evicted.</summary>
    public bool IsExhausted;

    /// <summary>Runs and what they refer to.</summary>
    public readonly long Data => Files + Referred;
}

/// <summary>What the data directory has beside runs and logs, in bytes.</summary>
internal readonly record struct DiskFigures
{
    /// <summary>Value files.</summary>
    public long Values { get; init; }

    /// <summary>The part of them that runs refer to.</summary>
    public long LiveValues { get; init; }

    /// <summary>What of value files that are being emptied nobody refers to any more.</summary>
    public long Moved { get; init; }

    /// <summary>Files that wait to be deleted.</summary>
    public long Garbage { get; init; }

    /// <summary>Runs that have left their partitions, and that a snapshot, a reader or a job still
    /// holds.</summary>
    public long Held { get; init; }
}
