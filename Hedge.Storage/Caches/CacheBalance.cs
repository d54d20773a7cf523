using Hedge.Storage.Pages;

namespace Hedge.Storage.Caches;

/// <summary>
/// Divides memory between the cores' block caches and the partitions' records by what a little more of each
/// would have saved: the disk reads for what was given up last, for each byte that it took
/// (<see cref="Ghosts"/>). What nobody uses yet is lent to the block caches. Counts come from all threads;
/// <see cref="Move"/> is called by one.
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
    private readonly long[] _heldBytes;
    private readonly bool _isFixed;
    private long _blockBytes;
    private long _loanBytes;
    private long _mostBytes;
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
        _heldBytes = new long[cores];
        _blockBytes = blockBytes;
        _isFixed = isFixed;
    }

    /// <summary>What a core's block cache may take. Any thread.</summary>
    public long BlockBytes =>
        Volatile.Read(ref _blockBytes) + (Volatile.Read(ref _loanBytes) / _blocks.Length);

    /// <summary>What a core's block cache may come to take while memory is lent to it; 0 before any is. Any
    /// thread.</summary>
    public long BlockBytesMost => Volatile.Read(ref _mostBytes);

    /// <summary>What the block caches hold beyond their own part, of memory that is lent to them. Any
    /// thread.</summary>
    public long BorrowedBytes
    {
        get
        {
            long own = Volatile.Read(ref _blockBytes);
            long borrowed = 0;
            for (int core = 0; core < _heldBytes.Length; core++)
                borrowed += Math.Max(0, Volatile.Read(ref _heldBytes[core]) - own);
            return Math.Min(borrowed, Volatile.Read(ref _loanBytes));
        }
    }

    /// <summary>Names what a core's block cache has given up. The core's thread.</summary>
    public void Register(int core, Ghosts ghosts) => Volatile.Write(ref _blocks[core], ghosts);

    /// <summary>Says what a core's block cache holds. The core's thread.</summary>
    public void Tell(int core, long heldBytes) => Volatile.Write(ref _heldBytes[core], heldBytes);

    /// <summary>Lends the block caches memory that is idle, or takes it back (<see cref="IdleMemory"/>). Some
    /// ten times a second, on the thread of <see cref="Move"/>.</summary>
    /// <param name="budgetBytes">What the process may take.</param>
    /// <param name="residentBytes">What it takes.</param>
    public void Lend(long budgetBytes, long residentBytes)
    {
        if (_isFixed) return;
        long most = (budgetBytes / MostDivisor) - (_blockBytes * _blocks.Length);
        Volatile.Write(ref _mostBytes, budgetBytes / MostDivisor / _blocks.Length);
        Volatile.Write(ref _loanBytes, IdleMemory.Loan(budgetBytes, residentBytes, BorrowedBytes, most));
    }

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
            blockGhostBytes += (double)ghosts.Count * Page.Bytes;
        }

        long forRecords = recordHits - _recordHits;
        long forBlocks = blockHits - _blockHits;
        if (forRecords + forBlocks < LeastHits || blockGhostBytes == 0 || recordGhostBytes == 0) return;
        _recordHits = recordHits;
        _blockHits = blockHits;
        double ofRecords = forRecords / recordGhostBytes;
        double ofBlocks = forBlocks / blockGhostBytes;
        long step = budgetBytes / StepDivisor / _blocks.Length;
        bool mayGrow = !_isShort && _loanBytes == 0;
        if (ofBlocks > ofRecords * Advantage && mayGrow) Set(_blockBytes + step, budgetBytes);
        else if (ofRecords > ofBlocks * Advantage) Set(_blockBytes - step, budgetBytes);
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
        Set(_blockBytes - (lackBytes / YieldDivisor / _blocks.Length), budgetBytes);
    }

    private void Set(long bytes, long budgetBytes)
    {
        long least = Math.Max(LeastBytes, budgetBytes / LeastDivisor / _blocks.Length);
        long most = Math.Max(least, budgetBytes / MostDivisor / _blocks.Length);
        Volatile.Write(ref _blockBytes, Math.Clamp(bytes, least, most));
    }
}
