namespace Hedge.Storage.Partitions;

/// <summary>Waits for the blocks a command has missed. The host derives from it and pools its instances.</summary>
public abstract class MissWaiter
{
    /// <summary>Blocks still under way.</summary>
    internal int Outstanding { get; set; }

    /// <summary>The errno of a failed read (5 also for a damaged block), 0 for none: the command should answer with an
    /// error instead of being run again.</summary>
    public int Errno { get; internal set; }

    /// <summary>All blocks are in, or have failed. Called once per fetch, from the core's poll.</summary>
    public abstract void Ready();
}
