namespace Hedge.Storage.Scans;

/// <summary>How far a scan will probably go. From that follows how many neighbouring blocks to read when
/// one is missing.</summary>
/// <remarks>
/// 1. A scan of a known number of keys needs about the run's share of them; no more is read.
/// 2. A scan that was run again without having met a key is walking over removed or expired keys. It
///    doubles what it reads each time.
/// 3. The index tells where the prefix ends; nothing behind it is read.
/// </remarks>
/// <param name="KeysMax">Keys that it will visit at most; 0 is as 1.</param>
/// <param name="IdleRestarts">How often it has been run again since it last met a key.</param>
public readonly record struct ScanExtent(long KeysMax, int IdleRestarts)
{
    /// <summary>Blocks of a run that are read at once at most.</summary>
    public const int BlocksMax = 32;

    /// <summary>How many blocks of a run to ask for.</summary>
    /// <param name="blocks">Blocks of the run.</param>
    /// <param name="puts">Entries of all runs together.</param>
    internal int BlocksOf(long blocks, long puts)
    {
        double share = (double)KeysMax * blocks / Math.Max(puts, 1);
        int needed = share >= BlocksMax ? BlocksMax : 1 + (int)share;
        int grown = IdleRestarts >= 5 ? BlocksMax : 1 << Math.Max(IdleRestarts, 0);
        return Math.Min(Math.Max(needed, grown), BlocksMax);
    }
}
