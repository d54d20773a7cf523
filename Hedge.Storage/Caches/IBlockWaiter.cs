using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Caches;

/// <summary>How the load of a block ended.</summary>
internal enum BlockOutcome
{
    /// <summary>The block is in the cache for the rest of this turn at least.</summary>
    Ok,

    /// <summary>The read failed.</summary>
    IoError,

    /// <summary>The bytes read are not what was written.</summary>
    Corrupt,
}

/// <summary>How the load of a block ended, with the positive errno of a failed read (0 otherwise).</summary>
internal readonly record struct BlockStatus(BlockOutcome Outcome, int Errno)
{
    /// <summary>True when the block can be had from the cache.</summary>
    public bool IsOk => Outcome == BlockOutcome.Ok;
}

/// <summary>Waits for blocks.</summary>
internal interface IBlockWaiter
{
    /// <summary>The block has been read or has failed; called once per load, on the owner core, from its
    /// poll. A block that failed is not in the cache, and the next load reads it again.</summary>
    void BlockLoaded(Run run, BlockLocation location, BlockStatus status);
}
