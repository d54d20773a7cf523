namespace Hedge.Storage.Memtables;

/// <summary>
/// Slows the writers of a core's partitions when they write faster than flushes can follow: the fuller the
/// memtables, the more. At level 1 writers may write as much as the flushes take, so no writer stops for as
/// long as a flush lasts.
/// </summary>
/// <remarks>
/// 1. At level 1 writers and flushes are balanced. Below <see cref="Begin"/> nobody is slowed.
/// 2. What may be written is counted in logged bytes: a stock that fills by the rate of the flushes times a
///    factor, which falls from above 4 at <see cref="Begin"/> to a half and less above 1, and never so slowly
///    that a write waits for long. It holds a few milliseconds' worth; while it is used up, writes to
///    partitions that are full enough wait.
/// 3. When there is no room for further changes in memory, all writes wait: it is measured at each turn, and
///    what is logged since is taken off.
/// 4. The rate of the flushes is measured over the time in which some flush was due.
///
/// The owner core of the partitions calls <see cref="Turn"/>; <see cref="Spend"/> and <see cref="Delays"/>
/// come from whoever holds one of them: the stock is roughly right, as the rate is.
/// </remarks>
internal sealed class WriteThrottle
{
    /// <summary>The level at which slowing begins.</summary>
    public const double Begin = 0.75;

    /// <summary>The share of its memtables that the core's partitions fill on average at level 1.</summary>
    public const double AverageShare = 0.5;

    /// <summary>The share of its memtables that one partition fills at level 1.</summary>
    public const double PartitionShare = 0.85;

    private const long Never = long.MinValue;
    private const long StepMicroseconds = 1_000;
    private const long StockMicroseconds = 4_000;
    private const long SampleMicroseconds = 250_000;
    private const double LeastBytesPerSecond = 4 * 1024 * 1024;
    private const double Steepness = 6;

    private long _room = long.MaxValue;
    private double _average;
    private double _stock;
    private double _bytesPerSecond;
    private double _flushRate;
    private long _turned = Never;
    private long _sampledMicroseconds;
    private long _sampledBytes;
    private long _flushedBytes;

    /// <summary>What is let in, in logged bytes a second; 0 when nobody is slowed. Any thread.</summary>
    public long BytesPerSecond => (long)Volatile.Read(ref _bytesPerSecond);

    /// <summary>The monotonic time at which <see cref="Turn"/> is due although nothing happens before;
    /// <see cref="long.MaxValue"/> for never.</summary>
    public long NextMicroseconds => IsActive || !HasRoom ? _turned + StepMicroseconds : long.MaxValue;

    /// <summary>False while no further changes fit in memory. Any thread.</summary>
    public bool HasRoom => Volatile.Read(ref _room) > 0;

    private bool IsActive => _bytesPerSecond > 0;

    /// <summary>A change has been logged.</summary>
    public void Spend(long bytes)
    {
        _room -= bytes;
        if (IsActive) _stock -= bytes;
    }

    /// <summary>A flush has written changes of that many logged bytes. Any thread.</summary>
    public void Flushed(long bytes) => Interlocked.Add(ref _flushedBytes, bytes);

    /// <summary>True when a write must wait.</summary>
    /// <param name="pressure">How full the partition's memtables are, 0 … 1.</param>
    public bool Delays(double pressure) => !HasRoom || (IsActive && _stock <= 0
        && (_average >= Begin || pressure >= Begin * PartitionShare));

    /// <summary>Sets how many bytes of changes there is room for. True when there was no room and now there
    /// is: waiters should try again.</summary>
    public bool SetRoom(long bytes)
    {
        bool hadRoom = HasRoom;
        Volatile.Write(ref _room, bytes);
        return !hadRoom && bytes > 0;
    }

    /// <summary>True when <see cref="Turn"/> has something to do.</summary>
    public bool IsDue(long nowMicroseconds) => nowMicroseconds >= _turned + StepMicroseconds;

    /// <summary>Measures the flushes and refills the stock. True when waiters should try again.</summary>
    /// <param name="nowMicroseconds">The monotonic time.</param>
    /// <param name="average">How full the memtables of the core's partitions are on average, 0 … 1.</param>
    /// <param name="most">How full those of the fullest partition are, 0 … 1.</param>
    /// <param name="isFlushing">True when a flush is due or under way.</param>
    public bool Turn(long nowMicroseconds, double average, double most, bool isFlushing)
    {
        long elapsed = nowMicroseconds - _turned;
        bool isFirst = _turned == Never;
        _turned = nowMicroseconds;
        if (isFirst) return false;
        _average = average / AverageShare;
        if (isFlushing) Sample(elapsed);
        return Refill(Math.Max(_average, most / PartitionShare), elapsed);
    }

    private void Sample(long elapsed)
    {
        _sampledMicroseconds += elapsed;
        long flushed = Volatile.Read(ref _flushedBytes);
        if (_sampledMicroseconds < SampleMicroseconds || flushed == _sampledBytes) return;
        double sample = (flushed - _sampledBytes) * 1e6 / _sampledMicroseconds;
        _flushRate = _flushRate == 0 ? sample : ((3 * _flushRate) + sample) / 4;
        _sampledMicroseconds = 0;
        _sampledBytes = flushed;
    }

    private bool Refill(double level, long elapsed)
    {
        bool wasOut = IsActive && _stock <= 0;
        double rate = level < Begin || _flushRate == 0
            ? 0 : Math.Max(LeastBytesPerSecond, _flushRate * Math.Exp(Steepness * (1 - level)));
        Volatile.Write(ref _bytesPerSecond, rate);
        double most = rate * StockMicroseconds / 1e6;
        _stock = rate == 0 ? 0 : Math.Min(most, _stock + (rate * Math.Min(elapsed, StockMicroseconds) / 1e6));
        return wasOut && (rate == 0 || _stock > 0);
    }
}
