using Hedge.Storage.Io;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Partitions;

/// <summary>Waits for the blocks a command has missed. The host derives from it and pools its
/// instances.</summary>
public abstract class MissWaiter : IBlockWaiter
{
    /// <summary>The errno of a failed read (EIO also for a damaged block), 0 for none: the command should
    /// answer with an error instead of being run again.</summary>
    public int FailedErrno { get; private set; }

    internal int Outstanding { get; private set; }

    void IBlockWaiter.BlockLoaded(Run run, BlockLocation location, BlockStatus status)
    {
        if (!status.IsOk) FailedErrno = status.Outcome == BlockOutcome.IoError ? status.Errno : Errno.IoError;
        if (--Outstanding == 0) Ready();
    }

    /// <summary>All blocks are in, or have failed. Called once per fetch, from the core's poll; the command
    /// is to be run again in the same turn.</summary>
    protected abstract void Ready();

    internal bool Fetch(CoreBlocks blocks)
    {
        FailedErrno = 0;
        Outstanding = blocks.Load(this);
        return Outstanding > 0;
    }
}
