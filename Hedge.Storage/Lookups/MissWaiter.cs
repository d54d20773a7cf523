using Hedge.Storage.Caches;
using Hedge.Storage.Io;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Lookups;

/// <summary>Waits for the blocks a command has missed, and keeps them in memory until the command has run to
/// its end (<see cref="ReleaseBlocks"/>). The host derives from it and pools its instances.</summary>
public abstract class MissWaiter : IBlockWaiter
{
    private readonly List<(BlockPlace Place, bool IsPassing)> _wanted = [];
    private readonly List<BlockHold> _holds = [];
    private readonly List<BlockHold> _passing = [];
    private CoreBlocks? _blocks;
    private bool _isFetching;
    private bool _isActive;

    /// <summary>The errno of a failed read (EIO also for a damaged block), 0 for none: the command should
    /// answer with an error instead of being run again.</summary>
    public int FailedErrno { get; private set; }

    internal int Outstanding { get; private set; }

    /// <summary>Bytes of the blocks to be read.</summary>
    internal long WantedBytes { get; private set; }

    /// <summary>True when blocks of an earlier fetch stay until the command has run.</summary>
    internal bool HoldsBlocks => _holds.Count > 0;

    void IBlockWaiter.BlockLoaded(Run run, BlockLocation location, BlockStatus status)
    {
        if (!status.IsOk) FailedErrno = status.Outcome == BlockOutcome.IoError ? status.Errno : Errno.IoError;
        if (--Outstanding == 0) Ready();
    }

    /// <summary>All blocks are in, or have failed: the command is to be run again, in the same turn or a
    /// later one. Called once per fetch, from the core's poll or when another waiter's fetch or
    /// <see cref="ReleaseBlocks"/> lets this one in.</summary>
    protected abstract void Ready();

    /// <summary>The command is done, or given up: what was read for it may go.</summary>
    public void ReleaseBlocks()
    {
        ReleasePassing();
        foreach (BlockHold hold in _holds) _blocks!.Cache.Release(hold);
        _holds.Clear();
        if (_blocks is not { } blocks) return;
        Leave();
        blocks.Admission.LetIn();
    }

    /// <summary>Asks for what the running command has missed. False: all of it is in memory after
    /// all.</summary>
    internal bool Fetch(CoreBlocks blocks)
    {
        FailedErrno = 0;
        _blocks = blocks;
        Leave();
        ReleasePassing();
        blocks.MoveTo(_wanted);
        WantedBytes = 0;
        foreach ((BlockPlace place, bool _) in _wanted) WantedBytes += place.Location.Length;
        _isFetching = true;
        blocks.Admission.Ask(this);
        _isFetching = false;
        return !_isActive || Outstanding > 0;
    }

    /// <summary>The blocks may be read now.</summary>
    internal void Start()
    {
        _isActive = true;
        foreach ((BlockPlace place, bool isPassing) in _wanted)
        {
            if (_blocks!.Cache.Load(place, this)) Outstanding++;
            (isPassing ? _passing : _holds).Add(_blocks.Cache.Hold(place.Key));
            place.Run.Release();
        }

        _wanted.Clear();
        if (Outstanding == 0 && !_isFetching) Ready();
    }

    /// <summary>The blocks are never going to be read.</summary>
    internal void GiveUp()
    {
        foreach ((BlockPlace place, bool _) in _wanted) place.Run.Release();
        _wanted.Clear();
    }

    private void Leave()
    {
        if (!_isActive) return;
        _isActive = false;
        _blocks!.Admission.Left();
    }

    private void ReleasePassing()
    {
        foreach (BlockHold hold in _passing) _blocks!.Cache.Release(hold);
        _passing.Clear();
    }
}
