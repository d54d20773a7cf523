namespace Hedge.Storage.Partitions;

/// <summary>
/// Keeps the data directory within a limit: knows what partitions and logs take on disk, and says who has to
/// delete keys, merge, wait or be refused. Any thread; no locks.
/// </summary>
/// <remarks>
/// 1. Each partition tells what its runs take, what is not flushed yet, what of both belongs to keys that
///    exist (live), and what the next full merge would free (dead). Each core tells what its log takes.
/// 2. Of the limit, the logs' files, what is to be deleted, values nobody refers to, and one merge of the
///    largest partition per core are set aside. The rest is the room for runs and unflushed changes.
/// 3. Policies that evict keep what is live at seven tenths of what is not set aside, half where it lies in
///    value files: the rest is for what is deleted or replaced and not merged yet. Each partition's part of
///    the excess is its part of what is live.
/// 4. From eight tenths of the room on, partitions merge all their runs as soon as that frees enough; from
///    nine tenths on what is in memory only is flushed for that.
/// 5. When the room is used up, writers wait as long as merging or evicting can help, and are refused else,
///    or when nothing has become better for half a minute.
/// </remarks>
/// <param name="partitions">Number of partitions.</param>
/// <param name="cores">Number of cores.</param>
public sealed class DiskLimit(int partitions, int cores)
{
    private const int LogDivisor = 8;
    private const int WasteDivisor = 5;
    private const int StepDivisor = 512;
    private const long StepBytesMin = 128 * 1024;
    private const long StepBytesMax = 8 * 1024 * 1024;
    private const double RunShare = 0.7;
    private const double ValueShare = 0.5;
    private const long PatienceMilliseconds = 30_000;
    private const long FlushMilliseconds = 100;
    private const long ValueFileDivisor = 64;
    private const long ValueFileBytesMin = 1024 * 1024;
    private const long ValueFileBytesMax = 64 * 1024 * 1024;

    private readonly DiskNeeds[] _needs = new DiskNeeds[partitions];
    private readonly long[] _logs = new long[cores];
    private long _limit;
    private int _policy;
    private int _samples = 5;
    private long _version;
    private long _used;
    private long _live;
    private long _target;
    private long _room;
    private long _data;
    private int _holds;
    private int _isFull;
    private long _least = long.MaxValue;
    private long _leastAt;
    private long _flushAt;

    /// <summary>Bytes that the data directory may take; 0 for any number.</summary>
    public long LimitBytes
    {
        get => Volatile.Read(ref _limit);
        set => Volatile.Write(ref _limit, value);
    }

    /// <summary>Which keys go when the limit is reached.</summary>
    public EvictionPolicy Policy
    {
        get => (EvictionPolicy)Volatile.Read(ref _policy);
        set => Volatile.Write(ref _policy, (int)value);
    }

    /// <summary>Keys of which the best one is chosen to be evicted.</summary>
    public int Samples
    {
        get => Volatile.Read(ref _samples);
        set => Volatile.Write(ref _samples, value);
    }

    /// <summary>Bytes of runs, value files and logs, as last counted.</summary>
    public long UsedBytes => Volatile.Read(ref _used);

    /// <summary>Bytes of runs that belong to keys there are, estimated.</summary>
    public long LiveBytes => Volatile.Read(ref _live);

    /// <summary>True when writes that may need room must be refused.</summary>
    public bool IsFull => Volatile.Read(ref _isFull) != 0;

    /// <summary>True when writers should wait, since room is being made.</summary>
    public bool Holds => Volatile.Read(ref _holds) != 0;

    /// <summary>Counts up with every count: then partitions have a new part of the excess.</summary>
    internal long Version => Volatile.Read(ref _version);

    /// <summary>True when keys are evicted if need be.</summary>
    internal bool Evicts => LimitBytes > 0 && Policy != EvictionPolicy.NoEviction;

    /// <summary>Logged bytes after which a core counts anew, before its next tick.</summary>
    internal long StepBytes => LimitBytes == 0
        ? long.MaxValue : Math.Clamp(LimitBytes / StepDivisor, StepBytesMin, StepBytesMax);

    /// <summary>Length at which a file of moved values is ended: short enough to be given up again.</summary>
    internal long ValueFileBytes => LimitBytes == 0
        ? ValueFileBytesMax : Math.Clamp(LimitBytes / ValueFileDivisor, ValueFileBytesMin, ValueFileBytesMax);

    /// <summary>Bytes of a core's log from which on partitions flush, so that it becomes shorter.</summary>
    internal long LogBytesMax => LimitBytes == 0 ? long.MaxValue : LimitBytes / LogDivisor / cores;

    /// <summary>A partition tells what it needs.</summary>
    internal void Tell(int partition, in DiskNeeds needs)
    {
        ref DiskNeeds own = ref _needs[partition];
        Volatile.Write(ref own.Runs, needs.Runs);
        Volatile.Write(ref own.Referred, needs.Referred);
        Volatile.Write(ref own.Unflushed, needs.Unflushed);
        Volatile.Write(ref own.Live, needs.Live);
        Volatile.Write(ref own.Dead, needs.Dead);
    }

    /// <summary>A partition tells whether it has found nothing to evict.</summary>
    internal void TellExhausted(int partition, bool isExhausted) =>
        Volatile.Write(ref _needs[partition].IsExhausted, isExhausted);

    /// <summary>A core tells what its log takes.</summary>
    internal void TellLog(int core, long bytes) => Volatile.Write(ref _logs[core], bytes);

    /// <summary>Adds up and decides.</summary>
    /// <param name="nowMilliseconds">The time.</param>
    /// <param name="valueBytes">Bytes of value files.</param>
    /// <param name="garbageBytes">Bytes of files that wait to be deleted.</param>
    /// <returns>True when everything that is in memory only should be flushed, for room.</returns>
    internal bool Count(long nowMilliseconds, long valueBytes, long garbageBytes)
    {
        DiskNeeds all = Sum(out long largest, out bool canEvict);
        long logs = garbageBytes;
        for (int i = 0; i < _logs.Length; i++) logs += Volatile.Read(ref _logs[i]);
        // What in value files no run refers to is set aside too: it goes when a file is less than half live.
        long values = Math.Max(0, valueBytes - all.Referred);
        long limit = LimitBytes;
        long whole = limit == 0 ? long.MaxValue : Math.Max(0, limit - logs - (largest * cores));
        long room = Math.Max(0, whole - values);
        long data = all.Runs + all.Unflushed;
        Volatile.Write(ref _used, all.Runs - all.Referred + valueBytes + logs);
        Volatile.Write(ref _live, all.Live);
        // A value file goes when it is less than half live: twice the values may be on disk.
        double inFiles = all.Runs == 0 ? 0 : (double)all.Referred / all.Runs;
        long target = (long)(whole * ((inFiles * ValueShare) + ((1 - inFiles) * RunShare)));
        Volatile.Write(ref _target, target);
        Volatile.Write(ref _room, room);
        Volatile.Write(ref _data, data);
        Interlocked.Increment(ref _version);
        bool isOver = limit > 0 && data >= room;
        bool canHelp = Evicts ? canEvict || all.Live <= target : all.Dead >= all.Runs / 10;
        bool isPatient = IsPatient(isOver, data, nowMilliseconds);
        Volatile.Write(ref _holds, isOver && canHelp && isPatient ? 1 : 0);
        Volatile.Write(ref _isFull, isOver && !(canHelp && isPatient) ? 1 : 0);
        bool isTight = limit > 0 && data >= room / 10 * 9;
        if (!isTight || all.Unflushed == 0 || nowMilliseconds < _flushAt) return false;
        _flushAt = nowMilliseconds + FlushMilliseconds;
        return true;
    }

    /// <summary>Bytes of keys that the partition has to evict for its part.</summary>
    internal long ExcessOf(int partition)
    {
        long live = Volatile.Read(ref _live);
        long excess = live - Volatile.Read(ref _target);
        if (excess <= 0 || !Evicts) return 0;
        return (long)((double)excess * Volatile.Read(ref _needs[partition].Live) / live);
    }

    /// <summary>True when the partition should merge all its runs, to free what is dead in them.</summary>
    internal bool WantsMerge(int partition)
    {
        if (LimitBytes == 0) return false;
        long room = Volatile.Read(ref _room);
        long data = Volatile.Read(ref _data);
        if (data < room / 10 * 8) return false;
        long runs = Volatile.Read(ref _needs[partition].Runs);
        long dead = Volatile.Read(ref _needs[partition].Dead);
        // The more is dead when a partition is merged, the less is rewritten for it, unless it is urgent.
        return dead > runs / (data < room ? 5 : 20);
    }

    /// <summary>True when a fifth or more of the partition's runs is dead.</summary>
    internal bool IsWasteful(int partition)
    {
        long runs = Volatile.Read(ref _needs[partition].Runs);
        return runs > 0 && Volatile.Read(ref _needs[partition].Dead) >= runs / WasteDivisor;
    }

    private DiskNeeds Sum(out long largest, out bool canEvict)
    {
        DiskNeeds all = default;
        largest = 0;
        canEvict = false;
        for (int i = 0; i < _needs.Length; i++)
        {
            ref DiskNeeds own = ref _needs[i];
            long runs = Volatile.Read(ref own.Runs);
            all.Runs += runs;
            all.Referred += Volatile.Read(ref own.Referred);
            all.Unflushed += Volatile.Read(ref own.Unflushed);
            all.Live += Volatile.Read(ref own.Live);
            all.Dead += Volatile.Read(ref own.Dead);
            largest = Math.Max(largest, runs);
            canEvict |= !Volatile.Read(ref own.IsExhausted);
        }

        return all;
    }

    private bool IsPatient(bool isOver, long data, long now)
    {
        if (!isOver || data < Volatile.Read(ref _least))
        {
            Volatile.Write(ref _least, isOver ? data : long.MaxValue);
            Volatile.Write(ref _leastAt, now);
        }

        return now - Volatile.Read(ref _leastAt) < PatienceMilliseconds;
    }
}

/// <summary>What a partition takes on disk, in bytes, estimated but for the first.</summary>
internal struct DiskNeeds
{
    /// <summary>Run files, with the values they refer to.</summary>
    public long Runs;

    /// <summary>The values they refer to.</summary>
    public long Referred;

    /// <summary>Changes that will be in runs.</summary>
    public long Unflushed;

    /// <summary>What of both belongs to keys there are.</summary>
    public long Live;

    /// <summary>What merging all runs would free.</summary>
    public long Dead;

    /// <summary>True when nothing was found that may be evicted.</summary>
    public bool IsExhausted;
}
