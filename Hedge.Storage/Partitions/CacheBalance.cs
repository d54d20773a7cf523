using Hedge.Storage.Runs;

namespace Hedge.Storage.Partitions;

/// <summary>
/// Divides memory between the cores' block caches and the partitions' records by what a little more of each
/// would have saved: the disk reads for what was given up last, for each byte that it took
/// (<see cref="Ghosts"/>). Counts come from all threads; <see cref="Move"/> is called by one.
/// </summary>
internal sealed class CacheBalance
{
    private const int StepDivisor = 128;
    private const int LeastDivisor = 64;
    private const int MostDivisor = 2;
    private const long LeastBytes = 1 << 20;
    private const long LeastHits = 64;
    private const double Advantage = 1.3;
    private const int YieldDivisor = 8;

    private readonly Ghosts?[] _blocks;
    private readonly bool _isFixed;
    private long _blockBytes;
    private long _recordHits;
    private long _blockHits;
    private bool _isShort;

    /// <summary>Makes it for a number of cores.</summary>
    /// <param name="cores">How many there are.</param>
    /// <param name="blockBytes">What a core's block cache takes at first.</param>
    /// <param name="isFixed">True to leave it at that.</param>
    public CacheBalance(int cores, long blockBytes, bool isFixed)
    {
        _blocks = new Ghosts?[cores];
        _blockBytes = blockBytes;
        _isFixed = isFixed;
    }

    /// <summary>What a core's block cache may take. Any thread.</summary>
    public long BlockBytes => Volatile.Read(ref _blockBytes);

    /// <summary>Names what a core's block cache has given up. The core's thread.</summary>
    public void Register(int core, Ghosts ghosts) => Volatile.Write(ref _blocks[core], ghosts);

    /// <summary>Moves a little memory to where it saves more, if that is clear from what has happened since
    /// the last move. About once a second.</summary>
    /// <param name="budgetBytes">What the process may take.</param>
    /// <param name="recordHits">Reads for records given up shortly before, ever.</param>
    /// <param name="recordGhostBytes">What the records that are remembered took.</param>
    public void Move(long budgetBytes, long recordHits, double recordGhostBytes)
    {
        if (_isFixed) return;
        long blockHits = 0;
        double blockGhostBytes = 0;
        for (int core = 0; core < _blocks.Length; core++)
        {
            if (Volatile.Read(ref _blocks[core]) is not { } ghosts) continue;
            blockHits += ghosts.Hits;
            blockGhostBytes += (double)ghosts.Count * RunFormat.PageBytes;
        }

        long forRecords = recordHits - _recordHits;
        long forBlocks = blockHits - _blockHits;
        if (forRecords + forBlocks < LeastHits || blockGhostBytes == 0 || recordGhostBytes == 0) return;
        _recordHits = recordHits;
        _blockHits = blockHits;
        double ofRecords = forRecords / recordGhostBytes;
        double ofBlocks = forBlocks / blockGhostBytes;
        long step = budgetBytes / StepDivisor / _blocks.Length;
        if (ofBlocks > ofRecords * Advantage && !_isShort) Set(BlockBytes + step, budgetBytes);
        else if (ofRecords > ofBlocks * Advantage) Set(BlockBytes - step, budgetBytes);
    }

    /// <summary>Gives memory back that nothing else can: a part of it each time, since it takes a moment to
    /// show in what is resident. Some ten times a second, on the thread of <see cref="Move"/>.</summary>
    /// <param name="budgetBytes">What the process may take.</param>
    /// <param name="residentBytes">What it takes: while that is more, blocks take nothing further. What
    /// records give up takes a while to show.</param>
    /// <param name="lackBytes">How much it would take beyond that with the records at their least.</param>
    public void Yield(long budgetBytes, long residentBytes, long lackBytes)
    {
        _isShort = residentBytes > budgetBytes;
        if (lackBytes == 0 || _isFixed) return;
        Set(BlockBytes - (lackBytes / YieldDivisor / _blocks.Length), budgetBytes);
    }

    private void Set(long bytes, long budgetBytes)
    {
        long least = Math.Max(LeastBytes, budgetBytes / LeastDivisor / _blocks.Length);
        long most = Math.Max(least, budgetBytes / MostDivisor / _blocks.Length);
        Volatile.Write(ref _blockBytes, Math.Clamp(bytes, least, most));
    }
}
