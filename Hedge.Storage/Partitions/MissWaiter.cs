using Hedge.Storage.Io;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Partitions;

/// <summary>Waits for the blocks a command has missed, and keeps them in memory until the command has run to
/// its end (<see cref="ReleaseBlocks"/>). The host derives from it and pools its instances.</summary>
public abstract class MissWaiter : IBlockWaiter
{
    private readonly List<BlockHold> _holds = [];
    private readonly List<BlockHold> _passing = [];
    private CoreBlocks? _blocks;

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

    /// <summary>The command is done, or given up: what was read for it may go.</summary>
    public void ReleaseBlocks()
    {
        ReleasePassing();
        foreach (BlockHold hold in _holds) _blocks!.Cache.Release(hold);
        _holds.Clear();
    }

    internal bool Fetch(CoreBlocks blocks)
    {
        FailedErrno = 0;
        _blocks = blocks;
        ReleasePassing();
        Outstanding = blocks.Load(this, 0, _holds, _passing);
        return Outstanding > 0;
    }

    private void ReleasePassing()
    {
        foreach (BlockHold hold in _passing) _blocks!.Cache.Release(hold);
        _passing.Clear();
    }
}
