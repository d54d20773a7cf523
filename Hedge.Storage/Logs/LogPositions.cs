namespace Hedge.Storage.Logs;

/// <summary>
/// A place in one core's log: the number of record bytes before it since the process started, over all
/// segments.
/// </summary>
public readonly record struct LogPosition(long Value) : IComparable<LogPosition>
{
    /// <summary>What a refused append returns: a position that is never written and never synced.</summary>
    public static readonly LogPosition Refused = new(long.MaxValue);

    /// <inheritdoc/>
    public int CompareTo(LogPosition other) => Value.CompareTo(other.Value);

    /// <summary>True when this place is before <paramref name="right"/>.</summary>
    public static bool operator <(LogPosition left, LogPosition right) => left.Value < right.Value;

    /// <summary>True when this place is after <paramref name="right"/>.</summary>
    public static bool operator >(LogPosition left, LogPosition right) => left.Value > right.Value;

    /// <summary>True when this place is not after <paramref name="right"/>.</summary>
    public static bool operator <=(LogPosition left, LogPosition right) => left.Value <= right.Value;

    /// <summary>True when this place is not before <paramref name="right"/>.</summary>
    public static bool operator >=(LogPosition left, LogPosition right) => left.Value >= right.Value;
}

/// <summary>
/// How far every core's log is appended, written and synced, and in which segment. Each core stores its own
/// numbers, and every core reads all of them without locks. Each core's numbers have 128 bytes of their own.
/// </summary>
public sealed class LogPositions
{
    private const int Stride = 128 / sizeof(long);
    private readonly long[] _slots;

    /// <summary>Creates the positions of <paramref name="cores"/> logs, all zero.</summary>
    public LogPositions(int cores)
    {
        Cores = cores;
        _slots = new long[(cores + 1) * Stride];
    }

    /// <summary>The number of logs.</summary>
    public int Cores { get; }

    /// <summary>The end of what the core has committed to its log. Any thread.</summary>
    public LogPosition Appended(int core) => new(Volatile.Read(ref _slots[(core + 1) * Stride]));

    /// <summary>The end of what the operating system has. Any thread.</summary>
    public LogPosition Written(int core) => new(Volatile.Read(ref _slots[((core + 1) * Stride) + 1]));

    /// <summary>The end of what is durable. Any thread.</summary>
    public LogPosition Synced(int core) => new(Volatile.Read(ref _slots[((core + 1) * Stride) + 2]));

    /// <summary>The number of a segment such that what the core commits from now on is in it or in later
    /// ones. Any thread.</summary>
    public ulong Segment(int core) => (ulong)Volatile.Read(ref _slots[((core + 1) * Stride) + 3]);

    /// <summary>
    /// Copies the end of every log (at a freeze, for the write-ahead rule). Any thread.
    /// </summary>
    public void CopyAppended(Span<LogPosition> appended)
    {
        for (int core = 0; core < Cores; core++) appended[core] = Appended(core);
    }

    /// <summary>True when every log is durable up to the places copied before. Any thread.</summary>
    public bool AllSynced(ReadOnlySpan<LogPosition> upTo)
    {
        for (int core = 0; core < Cores; core++)
            if (Synced(core) < upTo[core]) return false;
        return true;
    }

    internal ref long AppendedSlot(int core) => ref _slots[(core + 1) * Stride];

    internal void SetSegment(int core, ulong number) =>
        Volatile.Write(ref _slots[((core + 1) * Stride) + 3], (long)number);

    internal void Publish(int core, long written, long synced)
    {
        Volatile.Write(ref _slots[((core + 1) * Stride) + 1], written);
        Volatile.Write(ref _slots[((core + 1) * Stride) + 2], synced);
    }
}
